"""The list of who was invited to a talk, and making and ending invitations, for both sides."""

from typing import Any
from uuid import UUID

from flask import session as browser_session
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.models import Citizen, StaffMember
from portal.accounts.pages import base_url, qr_picture
from portal.appointments import queries as appointments
from portal.consultations import guest_queries, guest_rules, guests
from portal.consultations.guest_forms import NAMES, InviteForm
from portal.consultations.guest_models import TRAITS, Guest
from portal.consultations.guests import Wanted
from portal.consultations.models import WaitingState
from portal.consultations.queries import Room
from portal.core import clock
from portal.core.db import db

_SHOWN = "shown guest link"


def shown(found: Room, *, by: Citizen | StaffMember) -> dict[str, Any]:
    """Return what the page of the guests of a talk shows."""
    invited = guest_queries.guests_of(db.session, found.booking)
    others = appointments.others_of(db.session, found.booking)
    now = clock.now()
    return {
        "room": found,
        "rows": [_row(found, guest) for guest in invited if guest.ended_at is None],
        "fresh": _fresh(invited),
        "may_invite": guest_rules.can_invite(
            found.booking, found.consultation, invited, others, by=by, now=now
        ),
    }


def _row(found: Room, guest: Guest) -> dict[str, Any]:
    ticket = found.place_of(guest)
    state, tone = _state(guest, ticket.state if ticket else None)
    return {
        "guest": guest,
        "role": NAMES[guest.role],
        "state": state,
        "tone": tone,
        "may_end": guest.ended_at is None,
    }


def _state(guest: Guest, place: WaitingState | None) -> tuple[str, str]:
    if place in {WaitingState.WAITING, WaitingState.SENT_BACK}:
        return gettext("wartet"), "warning"
    if place == WaitingState.ADMITTED:
        return gettext("eingelassen"), "success"
    if guest.agreed_at is not None:
        return gettext("hat zugesagt"), "success"
    return gettext("eingeladen"), "neutral"


def _fresh(invited: Any) -> dict[str, Any] | None:
    """Return the invitation that this browser has just made, with its link: nobody else has it."""
    shown_id, link = browser_session.get(_SHOWN, ["", ""])
    found = next((one for one in invited if str(one.id) == shown_id and not one.ended_at), None)
    if found is None:
        return None
    return {"guest": found, "link": link, "qr": qr_picture(link) if link else ""}


def link_of(guest: Guest, code: str) -> str:
    """Return the address of a guest's page: of a colleague with an account, or behind a secret.

    Both stand here as text: the process that invites may show only one of the two interfaces.
    """
    path = f"/amt/beratung/mit/{guest.id}" if guest.staff_member_id else f"/gast/{code}"
    return base_url() + path


def invite(found: Room, form: InviteForm, *, by: Citizen | StaffMember) -> Guest:
    """Make the invitation that was asked for."""
    wanted = Wanted(
        role=form.wanted_role, called=form.called.data or "", address=form.wanted_address
    )
    wanted = _with_account(wanted, by)
    guest, code = guests.invite(
        db.session, room=found, wanted=wanted, link=link_of, by=by, now=clock.now()
    )
    # Only the hash is in the database; this browser may show the link until it shows another one.
    browser_session[_SHOWN] = [str(guest.id), link_of(guest, code) if code else ""]
    return guest


def _with_account(wanted: Wanted, by: Citizen | StaffMember) -> Wanted:
    """Let a colleague whom an officer invites by the address in the house come by the account."""
    if isinstance(by, Citizen) or not TRAITS[wanted.role].is_of_the_office or not wanted.address:
        return wanted
    colleague = accounts.staff_by_email(db.session, wanted.address)
    if colleague is None or not colleague.is_active:
        return wanted
    return Wanted(wanted.role, colleague.name, wanted.address, colleague)


def end(found: Room, guest_id: UUID, *, by: Citizen | StaffMember) -> Guest:
    """Take an invitation of this talk back."""
    guest = guest_queries.guest_in(db.session, guest_id, booking=found.booking)
    guests.end(db.session, room=found, guest=guest, by=by, now=clock.now())
    return guest
