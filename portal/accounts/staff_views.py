"""Sign-in of staff."""

from flask import Blueprint

blueprint = Blueprint("staff_accounts", __name__, url_prefix="/amt")
