"""Travel costs on request (§ 309 (4) SGB III): what is asked, within which limits, what is granted.

§ 309 (4) says "can": the office decides case by case, nobody has a fixed claim. The sums are those
of the Bundesreisekostengesetz, which offices use by analogy [C]; so they are data with a date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import rules
from portal.appointments.models import Booking, BookingState, TravelCost, TravelState, Way
from portal.appointments.rules import HELD_OUTCOMES
from portal.appointments.steps import lock_booking, open_item, record
from portal.calendars.models import Channel
from portal.casefiles import service as casefiles
from portal.casefiles.models import DocumentKind
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput, NotAllowed, PortalError
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.representation import letters
from portal.uploads.models import Upload


@dataclass(frozen=True)
class Rate:
    """What counts from a day on. Money in cents; `car_most` is the most for one journey by car."""

    valid_from: date
    source: str
    car_per_km: int
    car_most: int
    most_kilometres: int
    most: dict[Way, int]


# One table. The newest that is valid on the day of the appointment counts.
RATES: tuple[Rate, ...] = (
    Rate(
        valid_from=date(2005, 9, 1),
        source="§ 5 Absatz 1 Bundesreisekostengesetz",
        car_per_km=20,
        car_most=130_00,  # 150 € only where the authority allows it in general
        most_kilometres=2000,
        # No law names these: above them it is a slip of the pen, which somebody should see [D].
        most={Way.TICKET: 300_00, Way.CAR: 130_00, Way.TAXI: 300_00},
    ),
)

# Whoever came in vain because the office was not there had the same way.
_TRAVELLED = HELD_OUTCOMES | {BookingState.OFFICE_FAULT}


def rate_on(day: date) -> Rate:
    """Return the rate of a day."""
    return max((rate for rate in RATES if rate.valid_from <= day), key=lambda one: one.valid_from)


def worth_of(way: Way, *, kilometres: int | None, amount: int | None, day: date) -> int:
    """Return what may be asked for, in cents: the sum paid, or the kilometres at their rate.

    Raises `InvalidInput` on what is missing or over the limits.
    """
    rate = rate_on(day)
    if way == Way.CAR:
        if not kilometres or not 0 < kilometres <= rate.most_kilometres:
            raise InvalidInput(
                gettext(
                    "Geben Sie die gefahrenen Kilometer an, hin und zurück, höchstens %(most)s.",
                    most=rate.most_kilometres,
                ),
                field="kilometres",
            )
        return min(kilometres * rate.car_per_km, rate.car_most)
    if not amount or not 0 < amount <= rate.most[way]:
        raise InvalidInput(
            gettext(
                "Geben Sie an, was Sie bezahlt haben, höchstens %(most)s Euro.",
                most=rate.most[way] // 100,
            ),
            field="amount",
        )
    return amount


def travel_of(session: Session, booking: Booking) -> TravelCost | None:
    """Return the request for an appointment that the asker may see."""
    return session.scalar(select(TravelCost).where(TravelCost.booking_id == booking.id))


def check_can_ask(booking: Booking, *, by: Citizen) -> None:
    """Raise unless the citizen came, or will come, to the office for this appointment."""
    if booking.citizen_id != by.id:
        raise NotAllowed("Das ist nicht Ihr Termin.")
    if booking.channel != Channel.OFFICE:
        raise Conflict(gettext("Zu diesem Termin müssen Sie nicht fahren."))
    if booking.state not in _TRAVELLED | {BookingState.BOOKED}:
        raise Conflict(gettext("Für diesen Termin gibt es keine Fahrkosten."))


def can_ask(booking: Booking, *, by: Citizen) -> bool:
    """Tell whether the citizen may ask for travel costs."""
    try:
        check_can_ask(booking, by=by)
    except PortalError:
        return False
    return True


def ask(
    session: Session,
    *,
    booking: Booking,
    way: Way,
    kilometres: int | None,
    amount: int | None,
    reason: str,
    groups: Sequence[Sequence[Upload]],
    by: Citizen,
    now: datetime,
) -> TravelCost:
    """Ask for travel costs with receipts; a second click finds the request of the first."""
    lock_booking(session, booking)
    check_can_ask(booking, by=by)
    worth = worth_of(way, kilometres=kilometres, amount=amount, day=booking.day)
    if way == Way.TAXI and not reason:
        raise InvalidInput(
            gettext("Schreiben Sie, warum Sie ein Taxi gebraucht haben."), field="reason"
        )
    found = travel_of(session, booking)
    if found is not None:
        return found
    papers = (
        casefiles.hand_in(
            session,
            owner=booking.citizen,
            groups=groups,
            kind=DocumentKind.OTHER,
            title=gettext("Fahrkosten zum Termin am %(day)s", day=f"{booking.day:%d.%m.%Y}"),
            request=None,
            now=now,
        )
        if groups
        else []
    )
    made = TravelCost(
        id=new_id(),
        booking_id=booking.id,
        way=way,
        kilometres=kilometres if way == Way.CAR else None,
        asked_cents=worth,
        reason=reason,
        papers=[str(paper.id) for paper in papers],
        state=TravelState.ASKED,
        asked_at=now,
        decision="",
    )
    session.add(made)
    open_item(
        session,
        ItemKind.TRAVEL_COSTS,
        booking,
        now,
        reason="Bittet um Fahrkosten.",
        next_step="Über Fahrkosten entscheiden",
    )
    record(session, "appointments.travel_asked", booking, by, now, way=way, cents=worth)
    return made


def decide(
    session: Session,
    *,
    booking: Booking,
    granted: bool,
    amount: int | None,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> None:
    """Grant what is asked, or less with a reason, or refuse with a reason; the citizen is told."""
    lock_booking(session, booking)
    rules.check_can_note(booking, by=by)
    found = travel_of(session, booking)
    if found is None or found.state != TravelState.ASKED:
        raise Conflict(gettext("Über diese Fahrkosten ist schon entschieden."))
    if granted and booking.state not in _TRAVELLED:
        raise Conflict(gettext("Tragen Sie zuerst ein, dass das Gespräch stattgefunden hat."))
    cents = (found.asked_cents if amount is None else amount) if granted else None
    if cents is not None and not 0 < cents <= found.asked_cents:
        raise InvalidInput(
            gettext("Bewilligen Sie höchstens, was beantragt ist."), field="granted_amount"
        )
    if not reason and (cents is None or cents < found.asked_cents):
        raise InvalidInput(gettext("Begründen Sie Ihre Entscheidung."), field="decision")
    found.state = TravelState.GRANTED if granted else TravelState.REFUSED
    found.granted_cents, found.decision = cents, reason
    found.decided_at, found.decided_by = now, by.name
    inbox.close_items(session, kind=ItemKind.TRAVEL_COSTS, subject_id=booking.id, by=by, now=now)
    record(session, "appointments.travel_decided", booking, by, now, state=found.state, cents=cents)
    letters.send(
        session,
        citizen=booking.citizen,
        template="appointment_answered",
        now=now,
        context={"citizen": booking.citizen, "path": f"/termine/{booking.id}"},
    )
