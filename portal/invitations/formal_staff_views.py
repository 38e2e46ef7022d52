"""Staff pages of summonses and hearings: two kinds, two blueprints, two forms."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Citizen, Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import heard_page
from portal.appointments.heard_page import HeardForm
from portal.appointments.law import earliest_summons, period
from portal.calendars import queries as calendars
from portal.calendars import search
from portal.calendars.forms import day_in_address
from portal.calendars.models import AppointmentType, Channel
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock, working_days
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.templating import moment
from portal.invitations import hearings, law, queries, rules, shown, summoning
from portal.invitations.forms import (
    MORE_TIME,
    DecideForm,
    DeedForm,
    HeardAnswerForm,
    HearForm,
    SummonForm,
)
from portal.invitations.models import Hearing, Purpose, Summons

summonses = Blueprint("staff_summonses", __name__, url_prefix="/amt/meldeaufforderungen")
hearing_pages = Blueprint("staff_hearings", __name__, url_prefix="/amt/anhoerungen")

IN_PERSON = "jobcenter"


def _whom(case_id: UUID, citizen_id: UUID) -> tuple[Case, Citizen]:
    case = casefiles.case_for_staff(db.session, case_id, asker=signed_in_staff())
    people = {member.citizen_id: member.citizen for member in case.members}
    if citizen_id not in people:
        raise NotFound
    return case, people[citizen_id]


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land


# Summonses


@summonses.get("/neu/<uuid:case_id>/<uuid:citizen_id>")
@staff(Right.SUMMON)
def new(case_id: UUID, citizen_id: UUID) -> ResponseReturnValue:
    """Ask for what and when, from the first day on that leaves enough time."""
    case, citizen = _whom(case_id, citizen_id)
    return _summon_page(case, citizen, SummonForm(formdata=None))


@summonses.post("/neu/<uuid:case_id>/<uuid:citizen_id>")
@staff(Right.SUMMON)
@commits
def summon(case_id: UUID, citizen_id: UUID) -> ResponseReturnValue:
    """Write the summons."""
    case, citizen = _whom(case_id, citizen_id)
    form, by = SummonForm(), signed_in_staff()
    if not form.validate_on_submit():
        return _summon_page(case, citizen, form), 422
    try:
        made = summoning.summon(
            db.session,
            case=case,
            citizen=citizen,
            purpose=Purpose(form.purpose.data),
            about=form.about.data or "",
            is_first_talk=bool(form.is_first_talk.data),
            type=_in_person(),
            slot=form.slot.chosen,
            by=by,
            now=clock.now(),
            land=_land(),
        )
    except PortalError as error:
        db.session.rollback()
        form.refuse(error)
        return _summon_page(*_whom(case_id, citizen_id), form), error.status
    flash(gettext("Die Meldeaufforderung ist geschrieben. Der Brief geht jetzt hinaus."))
    return redirect(url_for(".show", id=made.id))


def _in_person() -> AppointmentType:
    return calendars.type_for(db.session, IN_PERSON, asker=signed_in_staff())


def _summon_page(case: Case, citizen: Citizen, form: SummonForm) -> str:
    now, land = clock.now(), _land()
    expected = summoning.expected_day(db.session, citizen, now=now, land=land)
    first = earliest_summons(expected)
    asked = day_in_address(request.args.get("ab"))
    page = search.slot_page(
        db.session,
        type=_in_person(),
        channel=Channel.OFFICE,
        citizen=citizen,
        start=max(asked or first, first),
        asker=signed_in_staff(),
        now=now,
    )
    open_days = {
        day: slots
        for day, slots in page.days.items()
        if working_days.is_working_day(day, land=land)
    }
    return render_template(
        "invitations/staff/summon.html",
        case=case,
        citizen=citizen,
        form=form,
        page=replace(page, days=open_days),
        expected=expected,
        first=first,
        lead=(first - expected).days,
        consequences=law.consequences(first),
    )


@summonses.get("/<uuid:id>")
@staff(Right.SUMMON)
def show(id: UUID) -> ResponseReturnValue:
    """Show one summons with its facts."""
    found = queries.summons_for(db.session, id, asker=signed_in_staff())
    return _summons_page(found, DecideForm(formdata=None))


@summonses.get("/termin/<uuid:id>")
@staff(Right.SUMMON)
def of_booking(id: UUID) -> ResponseReturnValue:
    """Lead from an appointment to the summons that set it."""
    found = queries.summons_of(db.session, id, asker=signed_in_staff())
    return redirect(url_for(".show", id=found.id))


@summonses.get("/termin/<uuid:id>/grund")
@staff(Right.MANAGE_APPOINTMENTS)
def hear_reason(id: UUID) -> ResponseReturnValue:
    """Ask whoever takes the call what the citizen has said."""
    found = queries.summons_of(db.session, id, asker=signed_in_staff())
    rules.check_can_give_reason(found)
    return _reason_page(found, HeardForm.blank())


@summonses.post("/termin/<uuid:id>/grund")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def take_reason(id: UUID) -> ResponseReturnValue:
    """Keep the reason as if the citizen had given it."""
    form, by = HeardForm(), signed_in_staff()
    found = queries.summons_of(db.session, id, asker=by, lock=True)
    if not form.validate_on_submit():
        return _reason_page(found, form), 422
    try:
        summoning.give_reason(
            db.session,
            summons=found,
            words=form.words.data or "",
            groups=[],
            by=form.heard(by=by, citizen=found.citizen),
            now=clock.now(),
        )
    except PortalError as error:
        form.refuse(error)
        return _reason_page(found, form), error.status
    flash(gettext("Der Grund ist aufgeschrieben."))
    return redirect(url_for("staff_appointments.show", id=id))


def _reason_page(found: Summons, form: HeardForm) -> str:
    return heard_page.page(
        form,
        heading=gettext("Grund aufschreiben, nicht zu kommen"),
        about=f"{found.citizen.name}, {moment(found.booking.starts_at)}",
        back=url_for("staff_appointments.show", id=found.booking_id),
    )


@summonses.post("/<uuid:id>/grund")
@staff(Right.SUMMON)
@commits
def decide(id: UUID) -> ResponseReturnValue:
    """Decide on a reason."""
    form, by = DecideForm(), signed_in_staff()
    found = queries.summons_for(db.session, id, asker=by, lock=True)
    if not form.validate_on_submit():
        return _summons_page(found, form), 422
    is_accepted = form.decision.data == "ja"
    summoning.decide_reason(
        db.session, summons=found, is_accepted=is_accepted, by=by, now=clock.now()
    )
    flash(gettext("Die Entscheidung über den Grund ist eingetragen."))
    return redirect(url_for(".show", id=id))


@summonses.post("/<uuid:id>/zuruecknehmen")
@staff(Right.SUMMON)
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Take a summons back."""
    by = signed_in_staff()
    found = queries.summons_for(db.session, id, asker=by, lock=True)
    summoning.withdraw(db.session, summons=found, by=by, now=clock.now())
    flash(gettext("Die Meldeaufforderung ist zurückgenommen."))
    return redirect(url_for(".show", id=id))


def _summons_page(found: Summons, form: DecideForm) -> str:
    return render_template(
        "invitations/staff/summons.html",
        summons=found,
        facts=shown.summons_facts(found),
        papers=_papers(found.reason_papers),
        can_say=rules.can_give_reason(found),
        can_decide=_passes(rules.check_can_decide, found),
        can_withdraw=_passes(rules.check_can_withdraw, found, now=clock.now()),
        form=form,
        deed=DeedForm(formdata=None),
    )


def _passes(check: Any, summons: Summons, **more: Any) -> bool:
    try:
        check(summons, by=signed_in_staff(), **more)
    except PortalError:
        return False
    return True


def _papers(ids: list[str]) -> list[dict[str, str]]:
    found = queries.papers_among(db.session, ids, asker=signed_in_staff())
    return [
        {"title": one.title, "href": url_for("staff_casefiles.document", id=one.id)}
        for one in found
    ]


# Hearings


@hearing_pages.get("/neu/<uuid:case_id>/<uuid:citizen_id>", endpoint="new")
@staff(Right.SUMMON)
def new_hearing(case_id: UUID, citizen_id: UUID) -> ResponseReturnValue:
    """Ask what is planned and by which facts."""
    case, citizen = _whom(case_id, citizen_id)
    return _hear_page(case, citizen, HearForm(formdata=None).offer(_talks()))


@hearing_pages.post("/neu/<uuid:case_id>/<uuid:citizen_id>")
@staff(Right.SUMMON)
@commits
def ask(case_id: UUID, citizen_id: UUID) -> ResponseReturnValue:
    """Write the hearing."""
    case, citizen = _whom(case_id, citizen_id)
    form, by = HearForm().offer(_talks()), signed_in_staff()
    if not form.validate_on_submit():
        return _hear_page(case, citizen, form), 422
    made = hearings.ask(
        db.session,
        case=case,
        citizen=citizen,
        planned=form.planned.data or "",
        facts=form.facts.data or "",
        basis=form.basis.data or "",
        is_personal=bool(form.is_personal.data),
        type=calendars.type_for(db.session, form.type.data, asker=by),
        by=by,
        now=clock.now(),
        land=_land(),
    )
    flash(gettext("Die Anhörung ist geschrieben. Der Brief geht jetzt hinaus."))
    return redirect(url_for(".show", id=made.id))


def _talks() -> list[AppointmentType]:
    found = calendars.types_for(db.session, asker=signed_in_staff())
    return [one for one in found if one.citizen_can_book]


def _hear_page(case: Case, citizen: Citizen, form: HearForm) -> str:
    weeks = timedelta(days=period(law.HEARING_PERIOD, clock.local_date(clock.now())).days)
    return render_template(
        "invitations/staff/hear.html", case=case, citizen=citizen, form=form, days=weeks.days
    )


@hearing_pages.get("/<uuid:id>", endpoint="show")
@staff(Right.SUMMON)
def show_hearing(id: UUID) -> ResponseReturnValue:
    """Show one hearing with its facts."""
    found: Hearing = queries.hearing_for(db.session, id, asker=signed_in_staff())
    return render_template(
        "invitations/staff/hearing.html",
        hearing=found,
        facts=shown.hearing_facts(found),
        papers=_papers(found.answer_papers),
        can_say=rules.is_answerable(found),
        deed=DeedForm(formdata=None),
    )


@hearing_pages.get("/<uuid:id>/antwort", endpoint="hear_answer")
@staff(Right.SUMMON)
def hear_answer(id: UUID) -> ResponseReturnValue:
    """Ask what somebody has said to the office."""
    found = queries.hearing_for(db.session, id, asker=signed_in_staff())
    rules.check_answerable(found)
    return _answer_page(found, HeardAnswerForm.blank())


@hearing_pages.post("/<uuid:id>/antwort", endpoint="take_answer")
@staff(Right.SUMMON)
@commits
def take_answer(id: UUID) -> ResponseReturnValue:
    """Keep the answer, or give more time, as if the citizen had asked for it."""
    form, by = HeardAnswerForm(), signed_in_staff()
    found = queries.hearing_for(db.session, id, asker=by, lock=True)
    if not form.offer(more_time=rules.can_extend(found)).validate_on_submit():
        return _answer_page(found, form), 422
    try:
        _take(found, form)
    except PortalError as error:
        form.refuse(error)
        return _answer_page(found, form), error.status
    flash(gettext("Es ist aufgeschrieben."))
    return redirect(url_for(".show", id=id))


def _take(hearing: Hearing, form: HeardAnswerForm) -> None:
    by, now = form.heard(by=signed_in_staff(), citizen=hearing.citizen), clock.now()
    if form.answer.data == MORE_TIME:
        hearings.extend(db.session, hearing=hearing, by=by, now=now, land=_land())
        return
    words = form.words.data or ""
    hearings.answer(db.session, hearing=hearing, words=words, groups=[], by=by, now=now)


def _answer_page(found: Hearing, form: HeardAnswerForm) -> str:
    return heard_page.page(
        form.offer(more_time=rules.can_extend(found)),
        heading=gettext("Antwort aufschreiben"),
        about=gettext("Anhörung von %(name)s", name=found.citizen.name),
        back=url_for(".show", id=found.id),
    )


@hearing_pages.post("/<uuid:id>/beenden", endpoint="close")
@staff(Right.SUMMON)
@commits
def close_hearing(id: UUID) -> ResponseReturnValue:
    """End a hearing."""
    by = signed_in_staff()
    found = queries.hearing_for(db.session, id, asker=by, lock=True)
    hearings.close(db.session, hearing=found, by=by, now=clock.now())
    flash(gettext("Die Anhörung ist beendet."))
    return redirect(url_for(".show", id=id))
