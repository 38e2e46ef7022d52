"""The staff inbox."""

from flask import Blueprint

blueprint = Blueprint("staff_inbox", __name__, url_prefix="/amt/eingang")
