"""Staff pages to find a time for one or several people of the office, and to book it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Citizen, Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import finding, service
from portal.appointments.finding import Search
from portal.appointments.finding_forms import MOST_SEATS
from portal.appointments.forms import WORDS, OnBehalfForm, PersonForm
from portal.appointments.models import Arranged
from portal.calendars import bottleneck
from portal.calendars import search as slots
from portal.calendars.bottleneck import Question, Relief
from portal.calendars.rules import needs_video_reason
from portal.calendars.search import SlotPage
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.fields import blame

blueprint = Blueprint("staff_finding", __name__, url_prefix="/amt/termine/suche")

FOUND_AT_ONCE = 20


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": WORDS}


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def choose_person() -> ResponseReturnValue:
    """Look for the person whom the talk is with."""
    form, asker = PersonForm(request.args), signed_in_staff()
    found: Sequence[Case] = []
    count = 0
    if form.suche.data:
        found, count = casefiles.cases_for_staff(
            db.session, asker=asker, search=form.suche.data, limit=FOUND_AT_ONCE
        )
    return render_template(
        "appointments/staff/find_person.html", search_form=form, found=found, count=count
    )


@blueprint.get("/<uuid:case_id>/<uuid:citizen_id>")
@staff(Right.MANAGE_APPOINTMENTS)
def find(case_id: UUID, citizen_id: UUID) -> ResponseReturnValue:
    """Show when all who are wanted have time."""
    person = _person(case_id, citizen_id)
    return _page(person, _search(person), OnBehalfForm(formdata=None))


@blueprint.post("/<uuid:case_id>/<uuid:citizen_id>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def book(case_id: UUID, citizen_id: UUID) -> ResponseReturnValue:
    """Book a time with all who are wanted, or with nobody; the citizen gets a mail."""
    person, form = _person(case_id, citizen_id), OnBehalfForm()
    search = _search(person)
    if search.problems or not form.validate():
        return _page(person, search, form), 422
    try:
        booking = service.book(
            db.session,
            citizen=person.citizen,
            type=search.form.kind,
            channel=search.form.channel,
            slot=form.slot.chosen,
            seats=search.seats,
            note=form.note.data,
            arranged=Arranged(form.arranged.data),
            video_reason=form.video_reason.data,
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return _page(person, search, form), error.status
    flash(_("Der Termin ist gebucht. %(name)s weiß Bescheid.", name=person.citizen.name))
    return redirect(url_for("staff_appointments.show", id=booking.id))


@dataclass(frozen=True)
class Person:
    """Whom the talk is with."""

    case: Case
    citizen: Citizen


def _person(case_id: UUID, citizen_id: UUID) -> Person:
    case = casefiles.case_for_staff(db.session, case_id, asker=signed_in_staff())
    people = {member.citizen_id: member.citizen for member in case.members}
    if citizen_id not in people:
        raise NotFound
    return Person(case, people[citizen_id])


def _search(person: Person) -> Search:
    return finding.read(db.session, request.args, asker=signed_in_staff(), case=person.case)


def _page(person: Person, search: Search, form: OnBehalfForm) -> str:
    page = _times(person, search) if not search.problems else None
    in_vain = page is not None and not page.days
    return render_template(
        "appointments/staff/find.html",
        person=person,
        search=search,
        page=page,
        form=form,
        most_seats=MOST_SEATS,
        needs_video_reason=needs_video_reason,
        nobody=bottleneck.nobody_for(db.session, search.seats) if in_vain else [],
        reliefs=_reliefs(person, search) if in_vain else [],
    )


def _times(person: Person, search: Search) -> SlotPage:
    return slots.slot_page(
        db.session,
        type=search.form.kind,
        channel=search.form.channel,
        citizen=person.citizen,
        start=search.form.start,
        seats=search.seats,
        filter=search.form.filter,
        asker=signed_in_staff(),
        now=clock.now(),
    )


def _reliefs(person: Person, search: Search) -> list[Relief]:
    question = Question(
        type=search.form.kind,
        channel=search.form.channel,
        citizen=person.citizen,
        seats=search.seats,
        filter=search.form.filter,
        start=search.form.start,
    )
    return bottleneck.reliefs(db.session, question, asker=signed_in_staff(), now=clock.now())
