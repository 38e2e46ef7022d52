"""Waiting room and call for citizens."""

from flask import Blueprint

blueprint = Blueprint("consultations", __name__, url_prefix="/beratung")
