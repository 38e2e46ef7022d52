"""The page on which the office books a time for somebody, with a file or without one."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Citizen
from portal.accounts.session import signed_in_staff
from portal.appointments import service
from portal.appointments.forms import MINE, OnBehalfForm
from portal.appointments.models import Arranged
from portal.calendars import queries as calendars
from portal.calendars import search
from portal.calendars.forms import day_in_address
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.rules import needs_video_reason
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotFound, PortalError
from portal.core.fields import blame


@dataclass(frozen=True)
class Plan:
    """What an appointment on behalf will be, before its time is chosen."""

    case: Case | None
    citizen: Citizen
    type: AppointmentType
    channel: Channel


def plan_for(citizen: Citizen, case: Case | None, key: str) -> Plan:
    """Return what the address asks for: the kind by its key, and its way."""
    type = calendars.type_for(db.session, key, asker=signed_in_staff())
    asked = request.args.get("weg", type.channels[0])
    if asked not in type.channels:
        raise NotFound
    return Plan(case, citizen, type, Channel(asked))


def page(plan: Plan, form: OnBehalfForm) -> str:
    """Show the free times for this citizen."""
    asker = signed_in_staff()
    times = search.slot_page(
        db.session,
        type=plan.type,
        channel=plan.channel,
        citizen=plan.citizen,
        start=day_in_address(request.args.get("ab")),
        asker=asker,
        now=clock.now(),
        officer=asker.id if request.args.get("wer") == MINE else None,
    )
    return render_template(
        "appointments/staff/choose_slot.html",
        plan=plan,
        form=form,
        page=times,
        needs_video_reason=needs_video_reason,
    )


def book(plan: Plan) -> ResponseReturnValue:
    """Book the time that was tapped; the citizen gets a mail."""
    form = OnBehalfForm()
    if not form.validate():
        return page(plan, form), 422
    try:
        booking = service.book(
            db.session,
            citizen=plan.citizen,
            type=plan.type,
            channel=plan.channel,
            slot=form.slot.chosen,
            note=form.note.data,
            arranged=Arranged(form.arranged.data),
            video_reason=form.video_reason.data,
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return page(plan, form), error.status
    flash(_("Der Termin ist gebucht. %(name)s weiß Bescheid.", name=plan.citizen.name))
    return redirect(url_for("staff_appointments.show", id=booking.id))
