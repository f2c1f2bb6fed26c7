"""Configurations: one folder an axis, and whole scenarios under federated/ and driving/."""
