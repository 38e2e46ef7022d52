"""Staff pages of applications."""

from flask import Blueprint

blueprint = Blueprint("staff_applications", __name__, url_prefix="/amt/antraege")
