"""Fields in the look of KERN: each renders its label, hint, input and error by one macro."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give templates the widgets."""
