"""Cards: what is known of a part of the form, and the question whether it still holds."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.accounts.words import listed
from portal.applications import forms, queries, reading_shown, renewal, rules, ways, wording
from portal.applications.queries import Filled
from portal.applications.sheet import Part
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound

blueprint = Blueprint("application_cards", __name__, url_prefix="/antraege")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"say": wording.of_request(), "ways": ways, "listed": listed}


def _card(id: UUID, section: str) -> tuple[Filled, Part]:
    filled = queries.filled_for(db.session, id, asker=signed_in_citizen())
    rules.check_can_edit(filled.application)
    wanted = (section, ways.whose())
    for part in filled.sheet.parts:
        if (part.section.id, part.owner) == wanted:
            return filled, part
    raise NotFound


@blueprint.get("/<uuid:id>/karte/<string:section>")
@citizens(Power.FILL_IN)
def card(id: UUID, section: str) -> ResponseReturnValue:
    """Show what is known and ask whether it still holds."""
    filled, part = _card(id, section)
    say = wording.of_request()
    beside = reading_shown.beside(db.session, say, filled, now=clock.now())
    return render_template(
        "applications/card.html",
        filled=filled,
        application=filled.application,
        sheet=filled.sheet,
        part=part,
        shared=_asked(filled, part),
        readings=[say.reading(filled.sheet, one) for one in _asked(filled, part)],
        gaps=[gap for step in part.steps for gap in filled.sheet.gaps_on(step)],
        form=forms.ButtonForm(formdata=None),
        back=ways.before(filled, part.steps[0]),
        beside=beside.within(filled.sheet, part),
    )


@blueprint.post("/<uuid:id>/karte/<string:section>")
@citizens(Power.FILL_IN)
@commits
def confirm(id: UUID, section: str) -> ResponseReturnValue:
    """Confirm all of it and go on: to what is still open in this part, else to what comes next."""
    filled, part = _card(id, section)
    me, now = signed_in_citizen(), clock.now()
    shown = set(request.form.getlist("with"))
    parts = [one for one in _asked(filled, part) if one == part or str(one.owner) in shown]
    saved = renewal.confirm(db.session, filled=filled, parts=parts, by=me, now=now)
    return redirect(ways.after_part(saved, parts[0]))


@blueprint.get("/<uuid:id>/karte/<string:section>/wer")
@citizens(Power.FILL_IN)
def which(id: UUID, section: str) -> ResponseReturnValue:
    """Ask about which child something has changed."""
    filled, part = _card(id, section)
    return render_template(
        "applications/which_card.html",
        filled=filled,
        application=filled.application,
        sheet=filled.sheet,
        shared=_asked(filled, part),
        back=ways.into(filled, part, part.steps[0]),
    )


def _asked(filled: Filled, part: Part) -> tuple[Part, ...]:
    """Return what one card asks about, in order."""
    return renewal.together(filled.sheet, part)
