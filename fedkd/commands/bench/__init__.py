"""Measure this machine: what it computes in a second, and how fast federations run on it beside other frameworks."""
