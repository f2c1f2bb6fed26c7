"""The ServerApp of the installed package."""

from fedkd.apps.server import app

__all__ = ["app"]
