"""The citizen's start page and the public pages."""

from flask import Blueprint

blueprint = Blueprint("home", __name__, url_prefix="")
