"""Staff pages of reading along: type the code, see the draft as it stands, propose an answer."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import slowdown
from portal.accounts.limits import limited
from portal.accounts.models import Right
from portal.accounts.pages import again, network
from portal.accounts.service.secrets import plain_code
from portal.accounts.session import signed_in_staff, staff
from portal.applications import (
    forms,
    proposals,
    reading_queries,
    reading_rules,
    reading_shown,
    readings,
    wording,
)
from portal.applications.code_form import ReadingCodeForm
from portal.applications.places import LATER, Place
from portal.applications.queries import Filled
from portal.applications.reading_along import DraftReading
from portal.applications.sheet import Step
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import Expired, InvalidInput, NotFound, PortalError

blueprint = Blueprint("staff_readings", __name__, url_prefix="/amt/antraege/mitlesen")

ENTER = "applications/staff/reading/enter.html"


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"say": wording.of_request(), "words": wording, "shown": reading_shown}


@blueprint.get("")
@staff(Right.PROCESS_APPLICATIONS)
def enter() -> ResponseReturnValue:
    """Ask for the code of a person, and name the drafts that are open to the asker now."""
    return render_template(ENTER, form=ReadingCodeForm(formdata=None), running=_running())


@blueprint.post("")
@staff(Right.PROCESS_APPLICATIONS)
@limited("reading")
@commits
def take() -> ResponseReturnValue:
    """Begin to read along with a code."""
    form = ReadingCodeForm()
    if not form.validate_on_submit():
        return again(ENTER, form, running=_running())
    try:
        reading = _take(plain_code(form.code.data or "")[:40])
    except PortalError as error:
        return again(ENTER, form, error, running=_running())
    return redirect(url_for(".show", id=reading.id))


def _take(code: str) -> DraftReading:
    """Take a code; a wrong one is counted, whatever the answer does then."""
    me, now = signed_in_staff(), clock.now()
    tries = slowdown.Tries.of("code to read along", str(me.id), network())
    try:
        return readings.take(db.session, code=code, tries=tries, by=me, now=now)
    except Expired:
        db.session.rollback()
        with db.sessionmaker.begin() as aside:
            tries.count(aside, now=now)
        raise


def _running() -> list[dict[str, Any]]:
    found = reading_queries.running_for(db.session, asker=signed_in_staff(), now=clock.now())
    return [
        {"title": one.application.citizen.name, "href": url_for(".show", id=one.id)}
        for one in found
    ]


@blueprint.get("/<uuid:id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show the draft as it stands, without a way to change it; the view is written down."""
    reading, filled = _open(id)
    readings.note_opening(db.session, reading=reading, by=signed_in_staff(), now=clock.now())
    found = reading_shown.proposals(db.session, wording.of_request(), filled)
    return render_template(
        "applications/staff/reading/show.html",
        reading=reading,
        filled=filled,
        application=filled.application,
        sheet=filled.sheet,
        proposals=found,
        notes=reading_shown.notes(found),
        ways_to_propose=reading_shown.ways_to_propose(reading, filled.sheet),
        me=signed_in_staff(),
    )


@blueprint.post("/<uuid:id>/beenden")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def end(id: UUID) -> ResponseReturnValue:
    """Stop reading along."""
    reading, _ = _open(id)
    readings.end(db.session, reading=reading, by=signed_in_staff(), now=clock.now())
    flash(gettext("Sie lesen nicht mehr mit."), "success")
    return redirect(url_for(".enter"))


@blueprint.get("/<uuid:id>/frage/<string:question_id>")
@staff(Right.PROCESS_APPLICATIONS)
def ask(id: UUID, question_id: str) -> ResponseReturnValue:
    """Ask what to propose as the answer to one question."""
    reading, filled = _open(id)
    place = _place(filled, question_id)
    return _question_page(reading, filled, place, _form(filled, place))


@blueprint.post("/<uuid:id>/frage/<string:question_id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def propose(id: UUID, question_id: str) -> ResponseReturnValue:
    """Propose an answer; it is checked as if the person had typed it."""
    reading, filled = _open(id)
    place = _place(filled, question_id)
    form, me = _form(filled, place), signed_in_staff()
    try:
        value = _typed(form, place)
        proposals.propose(
            db.session, reading=reading, place=place, value=value, by=me, now=clock.now()
        )
    except InvalidInput as error:
        _refuse(form, error)
        return _question_page(reading, filled, place, form), 422
    flash(gettext("Ihr Vorschlag liegt neben dem Entwurf. Die Person entscheidet."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/vorschlag/<uuid:proposal_id>/zuruecknehmen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def take_back(id: UUID, proposal_id: UUID) -> ResponseReturnValue:
    """Take the own proposal back."""
    reading, _ = _open(id)
    me, now = signed_in_staff(), clock.now()
    proposals.take_back(db.session, reading=reading, id=proposal_id, by=me, now=now)
    flash(gettext("Ihr Vorschlag ist gelöscht."), "success")
    return redirect(url_for(".show", id=id))


def _open(id: UUID) -> tuple[DraftReading, Filled]:
    return reading_queries.open_to(db.session, id, asker=signed_in_staff(), now=clock.now())


def _place(filled: Filled, question_id: str) -> Place:
    """Return the place that the address names, if it is one that these eyes see."""
    row, owner = request.args.get("zeile", type=UUID), request.args.get("fuer", type=UUID)
    place = Place(question_id, row, owner)
    reading_rules.check_can_propose(filled.sheet, place)
    return place


def _form(filled: Filled, place: Place) -> forms.PageForm:
    """Build the form of one question; the office proposes an answer, never to leave it open."""
    sheet = filled.sheet
    question = sheet.form.find(place.question)
    if question is None:
        raise NotFound
    step = Step(sheet.form.page_of[place.question], place.owner)
    setting = forms.Setting(sheet, step, wording.of_request(), sheet.day, place.row)
    asked = question.model_copy(update={"later": False, "optional": False})
    return forms.page_form([asked], setting)


def _typed(form: forms.PageForm, place: Place) -> Any:
    """Return what is proposed, or raise `InvalidInput` for what no field would take."""
    if not form.validate_on_submit():
        raise InvalidInput("")
    value = form.answers().get(place)
    if value is None or value == LATER:
        raise InvalidInput(gettext("Geben Sie an, was Sie vorschlagen."), field=place.question)
    return value


def _refuse(form: forms.PageForm, error: InvalidInput) -> None:
    """Put the sentence of an error at the question; the field has said its own already."""
    field = form.field_of(form.questions[0])
    if error.message:
        field.errors = [error.message]


def _question_page(
    reading: DraftReading, filled: Filled, place: Place, form: forms.PageForm
) -> str:
    say, question = wording.of_request(), form.questions[0]
    answer = filled.sheet.answer(*place)
    return render_template(
        "applications/staff/reading/propose.html",
        reading=reading,
        form=form,
        question=question,
        title=say.place(filled.sheet, place),
        now_stands=None if answer is None else say.value(filled.sheet, question, answer),
    )
