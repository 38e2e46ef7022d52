"""The staff's start page."""

from flask import Blueprint

blueprint = Blueprint("staff_home", __name__, url_prefix="/amt")
