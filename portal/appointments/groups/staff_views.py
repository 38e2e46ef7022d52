"""Staff pages of events: the list, one event with who came, taking people in.

Names stand only where the asker sees the person (`appointments.queries.seats_of`): whoever leads
the event, or has the file open. Everybody else sees how many there are.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.models import Citizen, Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import queries as appointments
from portal.appointments.forms import PersonForm
from portal.appointments.group_models import GroupEvent
from portal.appointments.groups import attendance, paper, planning, queries, rules, seating, waiting
from portal.appointments.groups.attendance_forms import AttendanceForm
from portal.appointments.groups.forms import WORDS, AskForm, StaffEventsForm, TakeInForm
from portal.appointments.groups.queries import StaffFilter
from portal.appointments.groups.shown import staff_rows
from portal.appointments.models import Arranged
from portal.calendars import places
from portal.calendars import queries as calendars
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.papers import filenames

blueprint = Blueprint("staff_groups", __name__, url_prefix="/amt/termine/gruppen")

FOUND_AT_ONCE = 20


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """Give the pages the German words of the enums, and the rules that show or hide a button."""
    return {"words": WORDS, "rules": rules}


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def index() -> ResponseReturnValue:
    """Show events with how many seats are taken."""
    asker, now = signed_in_staff(), clock.now()
    kinds, houses = calendars.group_types(db.session), places.active_places(db.session)
    form = StaffEventsForm(request.args).offer(kinds, houses)
    wanted = _wanted(form) if form.validate() else StaffFilter()
    events = queries.events_for_staff(db.session, asker=asker, wanted=wanted, now=now)
    return render_template(
        "groups/staff/index.html",
        form=form,
        wanted=wanted,
        rows=staff_rows(
            events,
            taken=appointments.taken_seats(db.session, events, now=now),
            waiting=queries.waiting_counts(db.session, events),
        ),
    )


@blueprint.get("/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
def show(id: UUID) -> ResponseReturnValue:
    """Show one event with all that can be done with it."""
    return _page(_event(id))


@blueprint.post("/<uuid:id>/anwesenheit")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def record(id: UUID) -> ResponseReturnValue:
    """Write down who came; a line that cannot be leaves the others written."""
    event, by, now = _led(id), signed_in_staff(), clock.now()
    rules.check_can_record(event, by=by, now=now)
    seats = appointments.seats_of(db.session, event=event, asker=by)
    form = AttendanceForm.for_seats(seats, filled_in=True)
    if not form.validate():
        return _page(event, form=form), 422
    said = form.said(seats)
    refused = attendance.record(db.session, event=event, said=said, by=by, now=now)
    if refused:
        form.blame_lines(refused)
        return _page(_event(id), form=form)
    flash(_("Die Anwesenheit ist eingetragen."))
    return redirect(url_for(".show", id=id))


@blueprint.get("/<uuid:id>/liste.pdf")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def sheet(id: UUID) -> ResponseReturnValue:
    """Print the list to sign; that names were printed is written down, so this GET commits."""
    event, by, now = _led(id), signed_in_staff(), clock.now()
    content = paper.attendance_sheet(db.session, event=event, by=by, now=now)
    answer = Response(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = filenames.disposition(
        f"Anwesenheit-{event.day.isoformat()}.pdf"
    )
    return answer


# Taking people in


@blueprint.get("/<uuid:id>/aufnehmen")
@staff(Right.MANAGE_APPOINTMENTS)
def choose_person(id: UUID) -> ResponseReturnValue:
    """Look for a person, to give them a seat or to invite their case."""
    return _person_page(_event(id))


@blueprint.post("/<uuid:id>/aufnehmen/<uuid:case_id>/<uuid:citizen_id>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def take_in(id: UUID, case_id: UUID, citizen_id: UUID) -> ResponseReturnValue:
    """Give a citizen a seat who asked on the phone or at the desk, or a place on the list."""
    event, by, now, form = _event(id), signed_in_staff(), clock.now(), TakeInForm()
    case = casefiles.case_for_staff(db.session, case_id, asker=by)
    citizen = _member(case, citizen_id)
    if not form.validate():
        return _person_page(event, form=form), 422
    try:
        if request.form.get("liste"):
            waiting.wait(
                db.session, event=event, citizen=citizen, takes_others=False, by=by, now=now
            )
        else:
            how = Arranged(form.arranged.data)
            seating.register(db.session, event=event, citizen=citizen, by=by, now=now, arranged=how)
    except PortalError as error:
        return _person_page(event, form=form, problem=error.message), error.status
    flash(
        _("%(name)s steht auf der Warteliste.", name=citizen.name)
        if request.form.get("liste")
        else _("%(name)s hat einen Platz und weiß Bescheid.", name=citizen.name)
    )
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/einladen/<uuid:case_id>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def invite(id: UUID, case_id: UUID) -> ResponseReturnValue:
    """Let the people of a case find an event that is only for invited ones."""
    event, by = _led(id), signed_in_staff()
    case = casefiles.case_for_staff(db.session, case_id, asker=by)
    planning.invite(db.session, event=event, case=case, by=by, now=clock.now())
    flash(_("Die Menschen der Akte %(reference)s finden es jetzt.", reference=case.file_reference))
    return redirect(url_for(".choose_person", id=id))


# Cancelling


@blueprint.get("/<uuid:id>/absagen")
@staff(Right.MANAGE_APPOINTMENTS)
def ask_to_cancel(id: UUID) -> ResponseReturnValue:
    """Ask once more, and say how many will be told."""
    event, now = _led(id), clock.now()
    rules.check_can_change(event, by=signed_in_staff(), now=now)
    return render_template(
        "groups/staff/cancel.html",
        event=event,
        taken=appointments.taken_seats(db.session, [event], now=now).get(event.id, 0),
        waiting=queries.waiting_counts(db.session, [event]).get(event.id, 0),
        form=AskForm(formdata=None),
    )


@blueprint.post("/<uuid:id>/absagen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def cancel(id: UUID) -> ResponseReturnValue:
    """Cancel the event; everybody is told."""
    told = planning.cancel(db.session, event=_led(id), by=signed_in_staff(), now=clock.now())
    said = ngettext("%(num)d Person weiß Bescheid.", "%(num)d Menschen wissen Bescheid.", told)
    flash(f"{_('Die Veranstaltung ist abgesagt.')} {said}")
    return redirect(url_for(".show", id=id))


# What the address says


def _event(id: UUID) -> GroupEvent:
    return queries.event_for_staff(db.session, id, asker=signed_in_staff())


def _led(id: UUID) -> GroupEvent:
    return queries.event_to_lead(db.session, id, asker=signed_in_staff())


def _member(case: Case, citizen_id: UUID) -> Citizen:
    for member in case.members:
        if member.citizen_id == citizen_id:
            return member.citizen
    raise NotFound


def _wanted(form: StaffEventsForm) -> StaffFilter:
    return StaffFilter(
        past=form.zeit.data == "past",
        mine=form.wer.data == "mine",
        type_id=UUID(form.art.data) if form.art.data else None,
        place_id=UUID(form.ort.data) if form.ort.data else None,
        cancelled=form.stand.data == "all",
    )


def _page(event: GroupEvent, *, form: AttendanceForm | None = None) -> str:
    by, now = signed_in_staff(), clock.now()
    seats = appointments.seats_of(db.session, event=event, asker=by)
    taken = appointments.taken_seats(db.session, [event], now=now).get(event.id, 0)
    can_record = rules.can_record(event, by=by, now=now)
    invited, hidden = (
        queries.invited_cases(db.session, event=event, asker=by)
        if event.is_for_invited
        else ([], 0)
    )
    return render_template(
        "groups/staff/show.html",
        event=event,
        seats=seats,
        taken=taken,
        hidden=max(taken - len(seats), 0),
        waiting=queries.waiting_counts(db.session, [event]).get(event.id, 0),
        invited=invited,
        invited_hidden=hidden,
        form=(form or AttendanceForm.for_seats(seats)) if can_record and seats else None,
    )


def _person_page(
    event: GroupEvent, *, form: TakeInForm | None = None, problem: str | None = None
) -> str:
    asker, search_form = signed_in_staff(), PersonForm(request.args)
    found: Sequence[Case] = []
    count = 0
    if search_form.suche.data:
        found, count = casefiles.cases_for_staff(
            db.session, asker=asker, search=search_form.suche.data, limit=FOUND_AT_ONCE
        )
    now = clock.now()
    return render_template(
        "groups/staff/take_in.html",
        event=event,
        taken=appointments.taken_seats(db.session, [event], now=now).get(event.id, 0),
        waiting=queries.waiting_counts(db.session, [event]).get(event.id, 0),
        search_form=search_form,
        found=found,
        count=count,
        form=form or TakeInForm(formdata=None),
        problem=problem,
    )
