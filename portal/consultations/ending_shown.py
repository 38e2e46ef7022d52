"""What the pages show when a talk ends: the form with what can come next, and the free times."""

from typing import Any

from portal.accounts.models import StaffMember
from portal.accounts.session import signed_in_staff
from portal.calendars import search
from portal.calendars.search import SlotPage
from portal.consultations import next_talk
from portal.consultations.ending_forms import EndForm
from portal.consultations.models import Consultation
from portal.consultations.queries import Room
from portal.core import clock
from portal.core.db import db
from portal.invitations import queries as invitations
from portal.invitations import rules as invitation_rules

MOST = 12
"""So many times stand on one screen; later ones come with „Ab wann?“."""


def form_of(found: Room, *, by: StaffMember) -> EndForm:
    """Return the form with what is written so far."""
    return offered(EndForm.of(found.consultation), found, by=by)


def offered(form: EndForm, found: Room, *, by: StaffMember) -> EndForm:
    """Offer in a form what `by` can arrange with this citizen."""
    ways = next_talk.ways(db.session, by=by)
    usual = None
    if ways:
        citizen = found.booking.citizen
        usual = next_talk.usual(db.session, citizen=citizen, offered=ways, by=by)
    return form.offer(ways, usual)


def times(found: Room, form: EndForm) -> SlotPage | None:
    """Return the first free times of the chosen kind, with the own officer where one is asked."""
    way = form.way
    if way is None:
        return None
    now = clock.now()
    return search.slot_page(
        db.session,
        type=way.type,
        channel=way.channel,
        citizen=found.booking.citizen,
        start=form.first_day(clock.local_date(now)),
        asker=signed_in_staff(),
        now=now,
    ).first(MOST)


def goes_on(consultation: Consultation) -> dict[str, Any]:
    """Return what an ended talk led to, with the time that an invitation still keeps free."""
    now, ended = clock.now(), next_talk.of_ended(db.session, consultation)
    invited = ended.next_invitation
    is_open = invited is not None and invitation_rules.is_open(invited, now=now)
    held = invitations.held_for(db.session, invited) if invited is not None and is_open else None
    is_kept = held is not None and held.held_until is not None and held.held_until > now
    return {"next": ended, "invitation_is_open": is_open, "held": held if is_kept else None}
