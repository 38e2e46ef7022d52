"""Staff pages of voluntary invitations: the list of all three kinds, inviting, one invitation."""

import contextlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import heard_page
from portal.calendars import queries as calendars
from portal.calendars.models import AppointmentType
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, NotFound, PortalError
from portal.core.requests import page_number
from portal.invitations import answering, at_once, inviting, law, queries, rules, shown
from portal.invitations import supply as times
from portal.invitations.capacity import Guest
from portal.invitations.forms import (
    HEARING_STATES,
    STATE_TONES,
    STATES,
    SUMMONS_STATES,
    YES,
    DeedForm,
    FilterForm,
    HeardYesNoForm,
    InviteForm,
)
from portal.invitations.models import Invitation

blueprint = Blueprint("staff_invitations", __name__, url_prefix="/amt/einladungen")

PAGE = 50
NEW = "invitations/staff/new.html"

LISTS: dict[str, tuple[Any, Any, Any]] = {
    "einladungen": (STATES, queries.invitations_for_staff, shown.invitation_rows),
    "meldeaufforderungen": (SUMMONS_STATES, queries.summonses_for_staff, shown.summons_rows),
    "anhoerungen": (HEARING_STATES, queries.hearings_for_staff, shown.hearing_rows),
}
"""For each kind the words of its states, its reading, its rows; three tables, three lists."""


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def index() -> ResponseReturnValue:
    """List invitations, or with `?art=` summonses or hearings; `?stand=` narrows them down."""
    here, me = page_number(), signed_in_staff()
    kind = request.args.get("art") if accounts_rules.can(me, Right.SUMMON) else None
    words, read, rows = LISTS.get(kind or "", LISTS["einladungen"])
    form = FilterForm(request.args).offer(words)
    state = next((one for one in words if one.value == form.stand.data), None)
    found, count = read(db.session, asker=me, state=state, offset=(here - 1) * PAGE, limit=PAGE)
    return render_template(
        "invitations/staff/index.html",
        kind=kind if kind in LISTS else "einladungen",
        form=form,
        rows=rows(found),
        count=count,
        here=here,
        last=max(1, -(-count // PAGE)),
        stand=state.value if state else None,
    )


@blueprint.get("/neu")
@staff(Right.MANAGE_APPOINTMENTS)
def new() -> ResponseReturnValue:
    """Ask whom to invite: people of the file in `?akte=`, else a list of files.

    `?person=` is ticked already, and `?statt=` an invitation that is to be said differently.
    """
    case = _case()
    form = InviteForm(formdata=None, data=_proposed(case))
    return _new_page(form.offer(_people(case), _types()), case)


@blueprint.post("/neu")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def invite() -> ResponseReturnValue:
    """Invite them all, or nobody."""
    case, me = _case(), signed_in_staff()
    form = InviteForm().offer(_people(case), _types())
    if not form.validate_on_submit() or form.answer_until.data is None:
        return _new_page(form, case), 422
    try:
        done = inviting.invite(
            db.session,
            guests=_guests(form, case),
            type=calendars.type_for(db.session, form.type.data, asker=me),
            channel=form.chosen_channel,
            answer_until=form.answer_until.data,
            about=form.about.data or "",
            by=me,
            now=clock.now(),
        )
    except PortalError as error:
        db.session.rollback()
        form.refuse(error)
        return _new_page(form, _case()), error.status
    count, known = len(done.invitations), len(done.already)
    flash(ngettext("Eine Person ist eingeladen.", "%(num)d Personen sind eingeladen.", count))
    if known:
        flash(
            ngettext(
                "Eine Person war schon eingeladen.",
                "%(num)d Personen waren schon eingeladen.",
                known,
            ),
            "info",
        )
    return redirect(url_for(".index"))


def _proposed(case: Case | None) -> dict[str, Any]:
    """Return what is filled in already: whoever is meant, and what was said before."""
    proposed: dict[str, Any] = {"answer_until": clock.local_date(clock.now()) + law.USUAL_ANSWER}
    people = [str(one.id) for one in _people(case)]
    meant = request.args.get("person", "")
    with contextlib.suppress(ValueError, NotFound):
        id = UUID(request.args.get("statt", ""))
        before = queries.invitation_for(db.session, id, asker=signed_in_staff())
        meant = str(before.citizen_id)
        proposed |= {"type": before.type.key, "channel": before.channel.value}
        proposed |= {"about": before.about}
    chosen = people if len(people) == 1 else [one for one in people if one == meant]
    return {**proposed, "people": chosen}


@blueprint.post("/sofort/<uuid:case_id>/<uuid:citizen_id>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def invite_at_once(case_id: UUID, citizen_id: UUID) -> ResponseReturnValue:
    """Invite one person to the usual talk by one tap; what cannot be goes on with the form."""
    by = signed_in_staff()
    case = casefiles.case_for_staff(db.session, case_id, asker=by)
    citizen = next((one for one in _people(case) if one.id == citizen_id), None)
    if citizen is None:
        raise NotFound
    try:
        made = at_once.invite(db.session, case=case, citizen=citizen, by=by, now=clock.now())
    except PortalError as error:
        db.session.rollback()
        flash(error.message, "warning")
        return redirect(url_for(".new", akte=case_id, person=citizen_id))
    flash(gettext("%(name)s ist eingeladen.", name=citizen.name))
    return redirect(url_for(".show", id=made.id))


def _guests(form: InviteForm, case: Case | None) -> list[Guest]:
    if case is not None:
        chosen = set(form.chosen)
        return [Guest(case, one.citizen) for one in case.members if one.citizen_id in chosen]
    found = queries.cases_among(db.session, form.numbers, asker=signed_in_staff())
    missing = set(form.numbers) - {one.number for one in found}
    if missing:
        names = ", ".join(f"JC-{number:07d}" for number in sorted(missing)[:5])
        raise InvalidInput(
            gettext(
                "Diese Akten gibt es nicht, oder Sie dürfen sie nicht sehen: %(names)s.",
                names=names,
            ),
            field="references",
        )
    return [Guest(one, one.members[0].citizen) for one in found if one.members]


def _case() -> Case | None:
    try:
        id = UUID(request.args.get("akte", ""))
    except ValueError:
        return None
    return casefiles.case_for_staff(db.session, id, asker=signed_in_staff())


def _people(case: Case | None) -> list[Any]:
    return [member.citizen for member in case.members] if case else []


def _types() -> Sequence[AppointmentType]:
    found = calendars.types_for(db.session, asker=signed_in_staff())
    return [one for one in found if one.invited_can_choose]


def _new_page(form: InviteForm, case: Case | None) -> str:
    return render_template(NEW, form=form, case=case)


# One invitation


@blueprint.get("/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
def show(id: UUID) -> ResponseReturnValue:
    """Show one invitation with its facts and the next step."""
    found, now = queries.invitation_for(db.session, id, asker=signed_in_staff()), clock.now()
    return render_template(
        "invitations/staff/show.html",
        invitation=found,
        state={"label": STATES[found.state], "tone": STATE_TONES[found.state]},
        facts=shown.invitation_facts(found),
        is_open=rules.is_open(found, now=now),
        form=DeedForm(formdata=None),
    )


@blueprint.post("/<uuid:id>/zuruecknehmen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    by = signed_in_staff()
    found = queries.invitation_for(db.session, id, asker=by, lock=True)
    inviting.withdraw(db.session, invitation=found, by=by, now=clock.now())
    flash(gettext("Die Einladung ist zurückgenommen, die Zeit ist wieder frei."))
    if request.form.get("danach") == "anders":
        return redirect(url_for(".new", akte=found.case_id, statt=id))
    return redirect(url_for(".show", id=id))


@blueprint.get("/<uuid:id>/antwort")
@staff(Right.MANAGE_APPOINTMENTS)
def hear_answer(id: UUID) -> ResponseReturnValue:
    """Ask what the invited has said to the office."""
    found = queries.invitation_for(db.session, id, asker=signed_in_staff())
    rules.check_open(found, now=clock.now())
    return _answer_page(found, HeardYesNoForm.blank())


@blueprint.post("/<uuid:id>/antwort")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def take_answer(id: UUID) -> ResponseReturnValue:
    """Book the held time or end the invitation, as if the invited had tapped."""
    form, me = HeardYesNoForm(), signed_in_staff()
    found = queries.invitation_for(db.session, id, asker=me, lock=True)
    if not form.offer(found.held_booking).validate_on_submit():
        return _answer_page(found, form), 422
    deed = answering.take_held if form.answer.data == YES else answering.decline
    by = form.heard(by=me, citizen=found.citizen)
    try:
        deed(db.session, invitation=found, by=by, now=clock.now())
    except PortalError as error:
        db.session.rollback()
        form.refuse(error)
        return _answer_page(queries.invitation_for(db.session, id, asker=me), form), error.status
    flash(gettext("Die Antwort ist aufgeschrieben."))
    return redirect(url_for(".show", id=id))


def _answer_page(found: Invitation, form: HeardYesNoForm) -> str:
    return heard_page.page(
        form.offer(found.held_booking),
        heading=gettext("Antwort aufschreiben"),
        about=gettext("Einladung an %(name)s", name=found.citizen.name),
        back=url_for(".show", id=found.id),
    )


@blueprint.post("/<uuid:id>/erledigt")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def close(id: UUID) -> ResponseReturnValue:
    """Say that the next step after an invitation ran out is done."""
    by = signed_in_staff()
    found = queries.invitation_for(db.session, id, asker=by, lock=True)
    inviting.close_item(db.session, invitation=found, by=by, now=clock.now())
    flash(gettext("Der Vorgang ist erledigt."))
    return redirect(url_for(".show", id=id))


# Are there times to choose from?


@blueprint.get("/zeiten/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
def supply(id: UUID) -> ResponseReturnValue:
    """Show how many times the invited can still choose from; `id` is the kind that runs short."""
    queries.check_invited_to(db.session, type_id=id, asker=signed_in_staff())
    found = [one for _, one in times.look(db.session, now=clock.now())]
    return render_template(
        "invitations/staff/supply.html",
        rows=shown.supply_rows(found),
        id=id,
        weeks=times.LOOK_AHEAD // timedelta(weeks=1),
    )
