"""Kits for the machines of a federation, and what they are doing."""
