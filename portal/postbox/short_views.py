"""The short address that stands on letters on paper."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.core.db import db
from portal.postbox import paper, queries

blueprint = Blueprint("letters", __name__, url_prefix=paper.SHORT_PATH)


@blueprint.get("/<int:number>")
@citizens(Power.SEE)
def follow(number: int) -> ResponseReturnValue:
    """Go on to what the letter is about; a number of somebody else is not found."""
    letter = queries.letter_by_number(db.session, number, asker=signed_in_citizen())
    return redirect(paper.path_of(letter))
