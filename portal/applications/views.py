"""Citizen pages of applications."""

from flask import Blueprint

blueprint = Blueprint("applications", __name__, url_prefix="/antraege")
