"""Staff pages of the digital file."""

from flask import Blueprint

blueprint = Blueprint("staff_casefiles", __name__, url_prefix="/amt/akten")
