"""Waiting room and call for staff."""

from flask import Blueprint

blueprint = Blueprint("staff_consultations", __name__, url_prefix="/amt/beratung")
