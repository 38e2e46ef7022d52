"""Staff pages of appointments: calendars, outcomes, hours, booking on behalf of a citizen."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Citizen, Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import (
    board,
    booking_page,
    on_behalf_page,
    queries,
    rules,
    seating,
    service,
    shown,
    walk_ins,
)
from portal.appointments.forms import (
    TEAM,
    WORDS,
    CalendarForm,
    CancelForm,
    OnBehalfForm,
    OutcomeForm,
    PersonForm,
    SlotForm,
)
from portal.appointments.models import Booking, BookingState
from portal.appointments.on_behalf_page import Plan
from portal.appointments.shown import PAGE_WORDS
from portal.calendars import lanes, search
from portal.calendars import queries as calendars
from portal.calendars.forms import day_in_address
from portal.calendars.rules import can_plan
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.fields import blame

blueprint = Blueprint("staff_appointments", __name__, url_prefix="/amt/termine")

FOUND_AT_ONCE = 20


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """Give the pages the German words of the enums, and the rules that show or hide a button."""
    return {"words": WORDS, "rules": rules, **PAGE_WORDS}


# Calendars


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def index() -> ResponseReturnValue:
    """Show a day or a week of one calendar, or of the whole team."""
    asker = signed_in_staff()
    colleagues = calendars.officers_for(db.session, asker=asker)
    form = CalendarForm(request.args).offer(colleagues)
    first, length = _days_asked_for(form)
    officers = _officers_asked_for(form, asker, colleagues)
    ids, now = [one.id for one in officers], clock.now()
    sheet = queries.calendar_sheet(db.session, first, length, officers=ids, asker=asker)
    fits = length == 1 or len(officers) == 1  # a week of a team is a table
    grid = board.board_of(db.session, sheet, officers=officers, now=now) if fits else None
    return render_template(
        "appointments/staff/index.html",
        form=form,
        sheet=sheet,
        board=grid,
        away_again={} if grid else board.away_again(db.session, sheet, officers=officers),
        columns=shown.columns_of(grid, today=clock.local_date(now)) if grid else [],
        closed=lanes.closed_days(sheet.days[0], sheet.days[-1]),
        planned=_whom_to_plan(officers, asker),
    )


def _days_asked_for(form: CalendarForm) -> tuple[date, int]:
    """Return the first day and how many; what makes no sense shows this week."""
    start = day_in_address(form.ab.data) or clock.local_date(clock.now())
    if form.ansicht.data == "tag":
        return start, 1
    return start - timedelta(days=start.weekday()), 7


def _officers_asked_for(
    form: CalendarForm, asker: StaffMember, colleagues: Sequence[StaffMember]
) -> list[StaffMember]:
    whose = form.wer.data
    if whose == TEAM:
        return [one for one in colleagues if one.team_id == asker.team_id] or [asker]
    return [one for one in colleagues if str(one.id) == whose] or [asker]


def _whom_to_plan(officers: Sequence[StaffMember], asker: StaffMember) -> StaffMember:
    """Return whose hours the page leads to: the person that is shown, else one's own."""
    if len(officers) == 1 and can_plan(officers[0], by=asker):
        return officers[0]
    return asker


# One appointment


@blueprint.get("/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
def show(id: UUID) -> ResponseReturnValue:
    """Show one appointment with all that can be done with it."""
    return booking_page.page(_booking(id))


@blueprint.post("/<uuid:id>/ergebnis")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def record_outcome(id: UUID) -> ResponseReturnValue:
    """Write down how the appointment ended."""
    booking, form, by = _booking(id), OutcomeForm(), signed_in_staff()
    if not form.validate():
        return booking_page.page(booking, form=form), 422
    outcome = BookingState(form.outcome.data)
    try:
        service.record_outcome(
            db.session,
            booking=booking,
            outcome=outcome,
            reason=form.reason.data,
            by=by,
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return booking_page.page(booking, form=form), error.status
    flash(_("Das Ergebnis ist eingetragen."))
    return redirect(url_for(".show", id=id))


@blueprint.get("/<uuid:id>/verschieben")
@staff(Right.MANAGE_APPOINTMENTS)
def choose_move(id: UUID) -> ResponseReturnValue:
    """Show other free times of the same kind."""
    booking = _booking(id)
    rules.check_can_move(booking, by=signed_in_staff(), now=clock.now())
    return _move_page(booking, SlotForm(formdata=None))


@blueprint.post("/<uuid:id>/verschieben")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def move(id: UUID) -> ResponseReturnValue:
    """Move the appointment on behalf of the citizen, who gets a mail."""
    booking, form, by = _booking(id), SlotForm(), signed_in_staff()
    if not form.validate():
        return _move_page(booking, form), 422
    try:
        slot, now = form.slot.chosen, clock.now()
        service.move(db.session, booking=booking, slot=slot, by=by, now=now)
    except PortalError as error:
        blame(form, error)
        return _move_page(booking, form), error.status
    flash(_("Der Termin ist verschoben. %(name)s weiß Bescheid.", name=booking.citizen.name))
    return redirect(url_for(".show", id=id))


@blueprint.get("/<uuid:id>/absagen")
@staff(Right.MANAGE_APPOINTMENTS)
def ask_to_cancel(id: UUID) -> ResponseReturnValue:
    """Ask once more before cancelling."""
    booking = _booking(id)
    rules.check_can_cancel(booking, by=signed_in_staff(), now=clock.now())
    return render_template("appointments/staff/cancel.html", booking=booking, form=CancelForm())


@blueprint.post("/<uuid:id>/absagen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def cancel(id: UUID) -> ResponseReturnValue:
    """Cancel the appointment on behalf of the office; the citizen gets a mail."""
    booking = _booking(id)
    service.cancel(db.session, booking=booking, by=signed_in_staff(), now=clock.now())
    flash(_("Der Termin ist abgesagt. %(name)s weiß Bescheid.", name=booking.citizen.name))
    return redirect(url_for(".show", id=id))


def _booking(id: UUID) -> Booking:
    return queries.booking_for(db.session, id, asker=signed_in_staff())


def _move_page(booking: Booking, form: SlotForm) -> str:
    page = search.slot_page(
        db.session,
        type=booking.type,
        channel=booking.channel,
        citizen=booking.citizen,
        start=day_in_address(request.args.get("ab")),
        asker=signed_in_staff(),
        now=clock.now(),
        instead_of=booking.id,
        seats=seating.seats_of(booking, booking.others),
    )
    return render_template("appointments/staff/move.html", booking=booking, form=form, page=page)


# Booking on behalf of a citizen


@blueprint.get("/neu")
@staff(Right.MANAGE_APPOINTMENTS)
def choose_kind() -> ResponseReturnValue:
    """Look for a person; then ask for whom of the case, and which kind of appointment."""
    id, asker, form = _id(request.args.get("case")), signed_in_staff(), PersonForm(request.args)
    case = casefiles.case_for_staff(db.session, id, asker=asker) if id else None
    found: Sequence[Case] = []
    unfiled: Sequence[Citizen] = []
    count = 0
    if case is None and form.suche.data:
        found, count = casefiles.cases_for_staff(
            db.session, asker=asker, search=form.suche.data, limit=FOUND_AT_ONCE
        )
        unfiled = walk_ins.named(db.session, search=form.suche.data, asker=asker)
        case = found[0] if count == 1 and not unfiled else None
    return render_template(
        "appointments/staff/choose_kind.html",
        around=queries.bookings_named(
            db.session, search=form.suche.data or "", asker=asker, now=clock.now()
        ),
        case=case,
        types=calendars.types_for(db.session, asker=asker),
        search_form=form,
        found=found,
        count=count,
        walk_ins=unfiled,
        finds_walk_ins=walk_ins.can_find(asker),
    )


@blueprint.get("/neu/<uuid:case_id>/<uuid:citizen_id>/<string:key>")
@staff(Right.MANAGE_APPOINTMENTS)
def choose_slot(case_id: UUID, citizen_id: UUID, key: str) -> ResponseReturnValue:
    """Show the free times for this citizen."""
    return on_behalf_page.page(_plan(case_id, citizen_id, key), OnBehalfForm(formdata=None))


@blueprint.post("/neu/<uuid:case_id>/<uuid:citizen_id>/<string:key>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def book(case_id: UUID, citizen_id: UUID, key: str) -> ResponseReturnValue:
    """Book on behalf of the citizen, who gets a mail."""
    return on_behalf_page.book(_plan(case_id, citizen_id, key))


def _plan(case_id: UUID, citizen_id: UUID, key: str) -> Plan:
    """Return what the address asks for; the citizen must belong to the case."""
    asker = signed_in_staff()
    case = casefiles.case_for_staff(db.session, case_id, asker=asker)
    people = {member.citizen_id: member.citizen for member in case.members}
    if citizen_id not in people:
        raise NotFound
    return on_behalf_page.plan_for(people[citizen_id], case, key)


# What the address says


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
