"""Registration, sign-in and the account of citizens."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__, url_prefix="")
