"""Citizen pages of the digital file."""

from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from portal.accounts.session import citizens, signed_in_citizen
from portal.casefiles import queries
from portal.core.db import db
from portal.core.storage import store

blueprint = Blueprint("casefiles", __name__, url_prefix="/unterlagen")


@blueprint.get("")
@citizens
def index() -> ResponseReturnValue:
    """Show tasks and documents."""
    return ""


@blueprint.get("/<uuid:id>")
@citizens
def document(id: UUID) -> ResponseReturnValue:
    """Show one document."""
    return ""


@blueprint.get("/<uuid:id>/seite/<int:number>")
@citizens
def page(id: UUID, number: int) -> ResponseReturnValue:
    """Show the image of one page."""
    found = queries.page_for(db.session, id, number, signed_in_citizen())
    return Response(store().read(found.image_key), mimetype="image/jpeg")
