"""The demo office around times that come free: who waits, an offer, a held time, a filled card.

And a summons whose outcome is open, with facts on both sides.
"""

from datetime import datetime, time, timedelta

from portal.accounts import queries as accounts
from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right
from portal.appointments import cards, evidence, holding, waiting
from portal.appointments import queries as appointments
from portal.appointments.models import FactKind, HeldFor
from portal.appointments.waiting_models import SlotOffer, SlotWish, WishState
from portal.calendars import search
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.slots import Slot
from portal.casefiles import queries as casefiles
from portal.core import clock, working_days
from portal.core.errors import NotFound
from portal.dev.people import DEMO_DOMAIN
from portal.dev.stage import DAY, Office
from portal.invitations import summoning
from portal.invitations.models import Purpose
from portal.postbox import jobs as postbox
from portal.postbox import service as letters
from portal.postbox.models import Letter

WAITS, IS_OFFERED = "gerhard.winkler", "ralf.stein"
CHOOSES, NEEDS, DID_NOT_COME = "ines.maurer", "rosa.marino", "wolfgang.peters"
MORNING, EVENING = 9, 15
SHOWN_FOR = timedelta(hours=3)
"""An offer lasts twenty minutes; one that is to be looked at lasts longer."""


def fill(office: Office) -> None:
    """Show each of the pages with something on it."""
    wish = _waits(office, _person(office, WAITS), "jobcenter")
    wish.deadline, wish.need = clock.local_date(office.now) + 12 * DAY, 1
    _offer(office, _person(office, IS_OFFERED))
    _choose(office, _person(office, CHOOSES))
    _say_needs(office, _person(office, NEEDS))
    _summon(office, _person(office, DID_NOT_COME))


def _person(office: Office, name: str) -> Citizen:
    found = accounts.citizen_by_address(office.session, name + DEMO_DOMAIN)
    if found is None:
        raise NotFound(name)
    return found


def _waits(office: Office, citizen: Citizen, kind: str) -> SlotWish:
    type, today = office.types[kind], clock.local_date(office.now)
    return waiting.join(
        office.session,
        citizen=citizen,
        type=type,
        channels=type.channels,
        first_day=today,
        last_day=today + 28 * DAY,
        weekdays=[],
        from_hour=time(8),
        until_hour=time(16),
        deadline=None,
        officer_id=None,
        booking=None,
        now=office.now - 2 * DAY,
    )


def _free(
    office: Office, citizen: Citizen, type: AppointmentType, after: datetime, now: datetime
) -> Slot | None:
    """Return the first time of a day of work, at an hour at which one would go there."""
    found = search.free_slots(
        office.session,
        type=type,
        channel=type.channels[0],
        citizen=citizen,
        first=after,
        last=after + 14 * DAY,
        asker=citizen,
        now=now,
    )
    return next((one for one in found if _is_by_day(one.starts_at)), None)


def _is_by_day(moment: datetime) -> bool:
    local = clock.local(moment)
    is_open = working_days.is_working_day(local.date(), land="HE")
    return is_open and MORNING <= local.hour < EVENING


def _offer(office: Office, citizen: Citizen) -> None:
    wish = _waits(office, citizen, "telefon")
    slot = _free(office, citizen, wish.type, office.now + DAY, office.now)
    if slot is None:
        return
    held = holding.hold(
        office.session,
        citizen=citizen,
        type=wish.type,
        channel=Channel.PHONE,
        slot=slot,
        by=citizen,
        now=office.now,
        held_for=HeldFor.OFFER,
        until=office.now + SHOWN_FOR,
    )
    wish.state = WishState.OFFERED
    office.session.add(
        SlotOffer(
            wish=wish,
            booking=held,
            officer_id=slot.officer,
            channel=held.channel,
            starts_at=slot.starts_at,
            offered_at=office.now,
            expires_at=office.now + SHOWN_FOR,
        )
    )
    office.session.flush()  # the next deed asks for open offers


def _choose(office: Office, citizen: Citizen) -> None:
    type = office.types["beratung-video"]
    slot = _free(office, citizen, type, office.now + 2 * DAY, office.now)
    if slot is not None:
        holding.hold(
            office.session,
            citizen=citizen,
            type=type,
            channel=Channel.VIDEO,
            slot=slot,
            by=citizen,
            now=office.now,
            until=office.now + SHOWN_FOR,
        )


def _say_needs(office: Office, citizen: Citizen) -> None:
    coming = appointments.next_bookings(office.session, asker=citizen, now=office.now)
    for booking in coming[:1]:
        needs = cards.Needs(
            interpreter_language="Italienisch", brings_somebody=True, calm=True, without_camera=True
        )
        cards.write(office.session, booking=booking, needs=needs, by=citizen, now=office.now)


def _summon(office: Office, citizen: Citizen) -> None:
    """Somebody was summoned by post for a day that is over, did not come, and rang up that day."""
    by = next(one for one in office.staff if accounts_rules.can(one, Right.SUMMON))
    case = casefiles.case_of(office.session, asker=citizen)
    written, type = office.ago(days=32), office.types["jobcenter"]
    slot = _free(office, citizen, type, office.ago(days=12), written)
    if case is None or slot is None or slot.starts_at > office.now - DAY:
        return
    summons = summoning.summon(
        office.session,
        case=case,
        citizen=citizen,
        purpose=Purpose.PLACEMENT,
        about="Wir sprechen über freie Stellen in der Gärtnerei.",
        is_first_talk=False,
        type=type,
        slot=slot,
        by=by,
        now=written,
        land="HE",
    )
    postbox.file_letter(office.session, now=written, letter_id=str(summons.letter_id))
    letter = office.session.get_one(Letter, summons.letter_id)
    if letter.print_asked_at is not None:
        letters.mark_printed(office.session, letter=letter, by=by, now=written)
        posted = clock.local_date(written)
        letters.mark_posted(
            office.session, letter=letter, posted_on=posted, by=by, now=written, land="HE"
        )
    summoning.note_delivery(office.session, summons=summons, now=written + DAY)
    evidence.note_fact(
        office.session,
        booking=summons.booking,
        kind=FactKind.CONTACT,
        text="Rief um 14 Uhr an: Der Bus fiel aus.",
        at=slot.starts_at + timedelta(hours=4),
        said_by=by.name,
    )
