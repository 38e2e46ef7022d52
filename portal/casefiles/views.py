"""Citizen pages of the digital file."""

from flask import Blueprint

blueprint = Blueprint("casefiles", __name__, url_prefix="/unterlagen")
