"""Citizen pages of appointments."""

from flask import Blueprint

from portal.appointments import models  # noqa: F401

blueprint = Blueprint("appointments", __name__, url_prefix="/termine")
