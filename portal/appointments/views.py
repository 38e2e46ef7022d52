"""Citizen pages of appointments."""

from flask import Blueprint

blueprint = Blueprint("appointments", __name__, url_prefix="/termine")
