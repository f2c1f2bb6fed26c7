"""The ClientApp of the installed package."""

from fedkd.apps.client import app

__all__ = ["app"]
