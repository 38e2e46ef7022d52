"""Staff pages of the digital file."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.models import Right
from portal.accounts.session import staff

blueprint = Blueprint("staff_casefiles", __name__, url_prefix="/amt/akten")


@blueprint.get("/dokument/<uuid:id>")
@staff(Right.READ_FILES)
def document(id: UUID) -> ResponseReturnValue:
    """Show one document."""
    return ""
