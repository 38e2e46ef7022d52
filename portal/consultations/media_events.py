"""What the media process reports: signed events."""

from flask import Blueprint

blueprint = Blueprint("media_events", __name__, url_prefix="/intern/medien")
