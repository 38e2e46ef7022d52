"""Staff pages of appointments."""

from flask import Blueprint

from portal.appointments import models  # noqa: F401

blueprint = Blueprint("staff_appointments", __name__, url_prefix="/amt/termine")
