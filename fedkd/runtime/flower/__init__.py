"""Flower as the carrier of messages (simulation) and as the starter of sites (deployment)."""
