"""Citizen pages of decisions: what was decided in plain words, and the way to object.

That the page was opened counts as having opened the letter (§ 37 (2a) SGB X): it says the same.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Power
from portal.accounts.session import citizens, current_session, signed_in_citizen
from portal.core import clock
from portal.core.db import commits, db
from portal.decisions import objecting, objection_shown, queries, shown
from portal.decisions.forms import DeedForm
from portal.decisions.models import Decision
from portal.postbox import rules as postbox_rules
from portal.postbox import service as postbox
from portal.postbox.models import Letter

blueprint = Blueprint("decisions", __name__, url_prefix="/bescheide")
objections = Blueprint("objections", __name__, url_prefix="/widersprueche")


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land


@blueprint.get("")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """List the decisions, the newest first, and what was decided before they had pages."""
    me = signed_in_citizen()
    return render_template(
        "decisions/index.html",
        rows=shown.of_citizen(queries.decisions_of(db.session, asker=me)),
        before=shown.before(queries.decided_before(db.session, asker=me)),
    )


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show one decision in plain words, with its letter."""
    decision = queries.decision_for(db.session, id, asker=signed_in_citizen())
    _note_view(decision)
    letter = decision.letter
    objection = queries.objection_to(db.session, letter_id=letter.id) if letter else None
    can_object = letter is not None and objecting.can_object(letter)
    return render_template(
        "decisions/show.html",
        decision=decision,
        letter=letter,
        view=shown.plain(decision, land=_land(), can_object=can_object and objection is None),
        objection=objection,
    )


def _note_view(decision: Decision) -> None:
    if decision.letter and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        me = signed_in_citizen()
        postbox.note_view(db.session, letter=decision.letter, by=me, now=clock.now())


# Objections


@objections.get("/gegen/<uuid:id>")
@citizens(Power.SEE)
def ask(id: UUID) -> ResponseReturnValue:
    """Say until when one can object to a letter, why, and by which ways."""
    letter = queries.letter_to_object(db.session, id, asker=signed_in_citizen())
    return render_template("decisions/objection_new.html", **_asked(letter))


@objections.post("/gegen/<uuid:id>")
@citizens(Power.FILL_IN)
@commits
def begin(id: UUID) -> ResponseReturnValue:
    """Begin the objection; which decision is meant stands in it already."""
    me = signed_in_citizen()
    letter = queries.letter_to_object(db.session, id, asker=me)
    draft = objecting.begin(db.session, letter=letter, by=me, now=clock.now())
    return redirect(url_for("applications.show", id=draft.id))


def _asked(letter: Letter) -> dict[str, Any]:
    return {
        "letter": letter,
        "form": DeedForm(formdata=None),
        "deadline": objection_shown.deadline(letter, now=clock.now(), land=_land()),
        "can_object": objecting.can_object(letter),
        "can_tell_arrival": postbox_rules.can_tell_arrival(letter),
        "objection": queries.objection_to(db.session, letter_id=letter.id),
    }


@objections.get("/<uuid:id>")
@citizens(Power.SEE)
def show_objection(id: UUID) -> ResponseReturnValue:
    """Say where an objection stands: when it came, what its form lacks, who answers by when."""
    me = signed_in_citizen()
    objection = queries.objection_for(db.session, id, asker=me)
    opened = current_session()
    return render_template(
        "decisions/objection.html",
        objection=objection,
        form=DeedForm(formdata=None),
        view=objection_shown.standing(objection, today=clock.local_date(clock.now())),
        tells_arrival=objection.letter is not None
        and postbox_rules.can_tell_arrival(objection.letter),
        can_sign=opened is not None
        and opened.level >= objecting.EID_LEVEL
        and me.represented_by is None,
    )


@objections.post("/<uuid:id>/ausweis")
@citizens(Power.SEND)
@commits
def sign(id: UUID) -> ResponseReturnValue:
    """Meet the written form by the electronic identity card of this sign-in."""
    me, opened = signed_in_citizen(), current_session()
    objection = queries.objection_for(db.session, id, asker=me, lock=True)
    level = opened.level if opened else 0
    objecting.sign_by_eid(db.session, objection=objection, level=level, by=me, now=clock.now())
    return redirect(url_for(".show_objection", id=id))
