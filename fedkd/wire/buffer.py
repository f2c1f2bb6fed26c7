"""Bytes that may lie in somebody else's memory."""

Buffer = bytes | memoryview
"""A memoryview is of single bytes, in one piece, and nobody changes what it shows."""
