"""Keeping a page while it is being filled in: one word for each field, and never a page."""

from uuid import UUID

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.applications import forms, pages, service
from portal.applications.queries import Filled
from portal.core import clock
from portal.core.db import commits, db

blueprint = Blueprint("application_autosave", __name__, url_prefix="/antraege")


@blueprint.post("/<uuid:id>/<string:page_id>/merken")
@citizens(Power.FILL_IN)
@commits
def remember(id: UUID, page_id: str) -> ResponseReturnValue:
    """Keep what is right on a page, and say of each field what became of it."""
    filled = pages.draft(id)
    return _answer(filled, pages.form_of(filled.sheet, pages.step(filled.sheet, page_id)))


@blueprint.post("/<uuid:id>/<string:page_id>/eintrag/<uuid:row>/merken")
@citizens(Power.FILL_IN)
@commits
def remember_row(id: UUID, page_id: str, row: UUID) -> ResponseReturnValue:
    """Keep what is right of one row of a list."""
    filled = pages.draft(id)
    step = pages.step(filled.sheet, page_id)
    return _answer(filled, pages.row_form(filled.sheet, step, row))


def _answer(filled: Filled, form: forms.PageForm) -> ResponseReturnValue:
    form.validate()
    now = clock.now()
    saved = service.save_typed(
        db.session,
        filled=filled,
        typed=form.answers(),
        shown=form.shown(),
        by=signed_in_citizen(),
        now=now,
    )
    return jsonify(pages.told(form, saved, now=now))
