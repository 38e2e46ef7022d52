"""Staff pages of appointments."""

from flask import Blueprint

blueprint = Blueprint("staff_appointments", __name__, url_prefix="/amt/termine")
