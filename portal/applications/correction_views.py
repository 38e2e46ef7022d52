"""Staff pages of rounds and supplements: mark, ask, look at what came back, accept or ask again."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Citizen, Right
from portal.accounts.session import signed_in_staff, staff
from portal.applications import (
    correction_forms,
    correction_queries,
    corrections,
    part_queries,
    queries,
    rules,
    service,
    supplement_shown,
    supplements,
    wording,
)
from portal.applications.correction_forms import DOCUMENT, NEED, Marked, RoundForm
from portal.applications.corrections import Mark
from portal.applications.models import CorrectionRound
from portal.applications.queries import Filled
from portal.applications.sheet import Need
from portal.casefiles import deadlines
from portal.casefiles.models import Document
from portal.casefiles.wishes import Wish
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import Conflict, InvalidInput

blueprint = Blueprint("staff_corrections", __name__, url_prefix="/amt/antraege")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "say": wording.of_request(),
        "words": wording,
        "rules": rules,
        "shown": supplement_shown,
    }


def _filled(id: UUID) -> Filled:
    return queries.filled_for(db.session, id, asker=signed_in_staff())


@blueprint.post("/<uuid:id>/rueckfrage/auswahl")
@staff(Right.PROCESS_APPLICATIONS)
def choose(id: UUID) -> ResponseReturnValue:
    """Ask for the reason of each mark; nothing is written yet."""
    filled = _filled(id)
    rules.check_can_ask(filled.application)
    marks = _marked(filled)
    if not marks:
        flash(correction_forms.nothing_marked(), "warning")
        return redirect(url_for("staff_applications.show", id=id))
    return _ask_page(filled, marks, _form(marks, blank=True))


@blueprint.post("/<uuid:id>/rueckfrage")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def ask(id: UUID) -> ResponseReturnValue:
    """Open a round: the citizen gets a list with exactly these questions and papers."""
    filled, me, now = _filled(id), signed_in_staff(), clock.now()
    marks = _marked(filled)
    if not marks:
        raise InvalidInput(correction_forms.nothing_marked())
    form = _form(marks)
    due_on = _day_of(form) if form.validate() else None
    if due_on is None:
        return _ask_page(filled, marks, form), 422
    corrections.open_round(
        db.session,
        application=filled.application,
        marks=[_mark(filled, form, number, one.key) for number, one in enumerate(marks)],
        words=form.words.data,
        due_on=due_on,
        by=me,
        now=now,
        instead_of=_instead_of(filled),
    )
    name = filled.application.citizen.name
    flash(gettext("%(name)s hat jetzt eine Aufgabe im Portal.", name=name), "success")
    return redirect(url_for("staff_applications.show", id=id))


@blueprint.get("/rueckfragen/<uuid:id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def round(id: UUID) -> ResponseReturnValue:
    """Show one round: what was asked and what came back; the opening is written down."""
    me, now = signed_in_staff(), clock.now()
    found = correction_queries.round_for(db.session, id, asker=me)
    filled = _filled(found.application_id)
    service.record_view(db.session, application=filled.application, by=me, now=now)
    return _round_page(filled, found)


@blueprint.post("/rueckfragen/<uuid:id>/annehmen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def accept(id: UUID) -> ResponseReturnValue:
    """Close a round: what came back is enough."""
    me = signed_in_staff()
    found = correction_queries.round_for(db.session, id, asker=me)
    corrections.accept(db.session, round=found, by=me, now=clock.now())
    flash(gettext("Die Rückfrage ist erledigt."), "success")
    return redirect(url_for("staff_applications.show", id=found.application_id))


@blueprint.post("/rueckfragen/<uuid:id>/zuruecknehmen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Take a round back."""
    me = signed_in_staff()
    found = correction_queries.round_for(db.session, id, asker=me)
    corrections.withdraw(db.session, round=found, by=me, now=clock.now())
    flash(gettext("Die Rückfrage ist zurückgenommen."), "success")
    return redirect(url_for("staff_applications.show", id=found.application_id))


@blueprint.get("/nachtraege/<uuid:id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def supplement(id: UUID) -> ResponseReturnValue:
    """Show one supplement, each change before and after; the opening is written down."""
    me, now = signed_in_staff(), clock.now()
    found = correction_queries.supplement_for(db.session, id, asker=me)
    filled = _filled(found.application_id)
    service.record_view(db.session, application=filled.application, by=me, now=now)
    told = next(one for one in _history(filled) if one.supplement.id == found.id)
    return render_template(
        "supplements/staff/supplement.html",
        filled=filled,
        application=filled.application,
        supplement=found,
        told=told,
    )


@blueprint.post("/nachtraege/<uuid:id>/gesehen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def see(id: UUID) -> ResponseReturnValue:
    """Write down that a free supplement was read, and go on to the next item."""
    me = signed_in_staff()
    found = correction_queries.supplement_for(db.session, id, asker=me)
    supplements.mark_seen(db.session, supplement=found, by=me, now=clock.now())
    flash(gettext("Der Nachtrag ist zur Kenntnis genommen."), "success")
    return redirect(url_for("staff_applications.show", id=found.application_id))


def _marked(filled: Filled) -> list[Marked]:
    """Return what is ticked, each once; what does not belong to the application is left out."""
    keys = list(dict.fromkeys(request.form.getlist("mark")))[: correction_forms.MOST_MARKS]
    documents = _documents(filled)
    found = (_one(filled, documents, key) for key in keys)
    return [one for one in found if one is not None]


def _documents(filled: Filled) -> dict[str, Document]:
    attachments = queries.attachments_of(db.session, application=filled.application)
    return {str(one.document_id): one.document for one in attachments}


def _one(filled: Filled, documents: dict[str, Document], key: str) -> Marked | None:
    kind, _, rest = key.partition(":")
    say, sheet = wording.of_request(), filled.sheet
    if kind == DOCUMENT and (document := documents.get(rest)):
        return Marked(key, document.title, document.filename, document.page_count or 0)
    if kind == NEED and (need := sheet.need(rest)):
        return Marked(key, say.need_title(sheet, need), gettext("Noch nicht da"))
    place = correction_forms.place_in(key)
    question = sheet.form.find(place.question) if place else None
    if place is None or question is None or not sheet.is_asked(question, place.row, place.owner):
        return None
    kept = sheet.kept.get(place)
    value = supplement_shown.value(say, sheet, place, kept.value if kept else None)
    return Marked(key, say.place(sheet, place), value)


def _mark(filled: Filled, form: RoundForm, number: int, key: str) -> Mark:
    reason, note = form.reason(number), form.note(number)
    kind, _, rest = key.partition(":")
    if kind == DOCUMENT:
        document = _documents(filled)[rest]
        return Mark(reason, note, document=document, pages=form.pages(number))
    if kind == NEED and (need := filled.sheet.need(rest)):
        title = wording.german().need_title(filled.sheet, need)
        asked = need.requirement
        wish = Wish(asked.kind, Mark(reason, note).why, title, asked.legal_basis)
        return Mark(reason, note, wish=wish, asked_of=_holder(filled, need))
    return Mark(reason, note, place=correction_forms.place_in(key))


def _holder(filled: Filled, need: Need) -> Citizen | None:
    """Return who of the household fills in the part that a paper belongs to, if somebody does."""
    given = part_queries.parts_of(db.session, application=filled.application)
    return next((one.citizen for one in given if one.owner_id in {need.owner, need.row}), None)


def _form(marks: Sequence[Marked], *, blank: bool = False) -> RoundForm:
    today = clock.local_date(clock.now())
    due_on = deadlines.usual_day(today, land=_land())
    return correction_forms.round_form(marks, due_on=due_on, blank=blank)


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land


def _day_of(form: RoundForm) -> date | None:
    """Return the last day if the office is open on it; else say so beside the field."""
    found: date | None = form.due_on.data
    if found is None:
        return None
    try:
        deadlines.check(found, today=clock.local_date(clock.now()), land=_land())
    except InvalidInput as problem:
        form.due_on.errors = [problem.message]
        return None
    return found


def _instead_of(filled: Filled) -> CorrectionRound | None:
    """Return the round that is asked again, if it is one of this application."""
    number = request.form.get("statt", type=int)
    if number is None:
        return None
    application = filled.application
    found = correction_queries.round_of(db.session, application=application, number=number)
    if found.closed_at is not None:
        raise Conflict(gettext("Diese Rückfrage ist schon erledigt. Laden Sie die Seite neu."))
    return found


def _history(filled: Filled) -> list[supplement_shown.Told]:
    sent = queries.supplements_to(db.session, ids=[filled.application.id])
    base = queries.sheet_as_sent(db.session, filled=filled, asker=signed_in_staff())
    found = sent.get(filled.application.id, [])
    return supplement_shown.history(wording.of_request(), base, found)


def _ask_page(filled: Filled, marks: Sequence[Marked], form: RoundForm) -> str:
    return render_template(
        "supplements/staff/ask.html",
        filled=filled,
        application=filled.application,
        marks=marks,
        form=form,
        instead_of=request.form.get("statt", type=int),
    )


def _round_page(filled: Filled, found: CorrectionRound) -> str:
    say = wording.of_request()
    told = next((one for one in _history(filled) if one.supplement.round_id == found.id), None)
    marks = [
        {
            "title": say.place(filled.sheet, place),
            "before": supplement_shown.value(say, filled.sheet, place, mark.before),
            "why": supplement_shown.why(mark),
            "key": correction_forms.key_of(place),
        }
        for mark in found.marks
        if (place := correction_queries.place_of(mark)) is not None
    ]
    return render_template(
        "supplements/staff/round.html",
        filled=filled,
        application=filled.application,
        round=found,
        marks=marks,
        papers=[mark for mark in found.marks if mark.request is not None],
        told=told,
        now=clock.now(),
    )
