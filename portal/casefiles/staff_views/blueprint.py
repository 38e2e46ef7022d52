"""The one blueprint of these pages: links from all over the house name its endpoints."""

from datetime import timedelta

from flask import Blueprint

blueprint = Blueprint("staff_casefiles", __name__, url_prefix="/amt/akten")

USUAL_PERIOD = timedelta(days=14)
