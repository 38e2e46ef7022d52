"""Whether this process lives and whether it can serve; the figures for Prometheus.

Neither tells a stranger anything: health says yes or no, figures want a token (ASVS 13.4.5).
"""

import hmac
import logging

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.core import clock, figures
from portal.core.access import anyone, signed
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import NotFound, Unavailable
from portal.core.storage import store

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
@anyone
def live() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(live=True)


@blueprint.get("/health/ready")
@anyone
def ready() -> ResponseReturnValue:
    """Say whether database and file store answer; why not stands in the log."""
    try:
        db.session.execute(text("SELECT 1"))
        next(store().entries(), None)
    except (SQLAlchemyError, OSError, Unavailable):
        log.exception("not ready")
        return jsonify(ready=False), 503
    return jsonify(ready=True)


@blueprint.get("/metrics")
@signed
def metrics() -> ResponseReturnValue:
    """Hand out the figures to who has the token; for everybody else there is nothing here."""
    settings: Settings = current_app.config["SETTINGS"]
    wanted = f"Bearer {settings.metrics_token}"
    given = request.headers.get("Authorization", "")
    is_open = settings.demo and not settings.metrics_token
    has_token = bool(settings.metrics_token) and hmac.compare_digest(
        given.encode(), wanted.encode()
    )
    if not (is_open or has_token):
        raise NotFound
    written = figures.written(db.session, now=clock.now())
    return Response(written, content_type=CONTENT_TYPE_LATEST)
