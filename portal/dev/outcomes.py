"""The demo office around the end of appointments: a reason, travel costs, an outage, tracks."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.appointments import contacts, evidence_notes, queries, reasons, travel
from portal.appointments.models import Booking, BookingState, Way
from portal.calendars.models import Channel
from portal.casefiles.models import Case
from portal.dev.stage import Office

_TRACKS = ("aktivierung", "bestand", "fall", "allein", "jung")


def fill(office: Office) -> None:
    """Show each of the pages with something on it."""
    session, now = office.session, office.now
    lead = next(one for one in office.staff if one.last_name == "Hoffmann")
    tracks = {track.key: track for track in contacts.tracks(session)}
    cases = session.scalars(
        select(Case)
        .options(joinedload(Case.integration_officer), joinedload(Case.benefit_officer))
        .order_by(Case.number)
    ).unique()
    for number, case in enumerate(cases):
        by = case.integration_officer or case.benefit_officer or lead
        since = now - timedelta(days=20 * (number % 12))
        track = tracks[_TRACKS[number % len(_TRACKS)]]
        contacts.set_track(session, case=case, track=track, by=by, now=since)
    _what_is_asked(office)
    evidence_notes.record_disturbance(
        session,
        starts_at=now - timedelta(hours=26),
        ends_at=now - timedelta(hours=24),
        text="Videogespräche ließen sich nicht öffnen.",
        by=lead,
        now=now,
    )


def _what_is_asked(office: Office) -> None:
    session, now = office.session, office.now
    open_bookings = select(Booking).where(Booking.state == BookingState.BOOKED)
    open_bookings = open_bookings.options(*queries.PEOPLE).order_by(Booking.starts_at, Booking.id)
    past = session.scalars(open_bookings.where(Booking.ends_at < now).limit(1)).first()
    if past is not None:
        reasons.give_reason(
            session,
            booking=past,
            text="Mein Kind war krank. Ich habe keinen Arzttermin mehr bekommen.",
            groups=[],
            by=past.citizen,
            now=past.ends_at + timedelta(hours=3),
        )
    visit = session.scalars(open_bookings.where(Booking.channel == Channel.OFFICE).limit(1)).first()
    if visit is not None:
        travel.ask(
            session,
            booking=visit,
            way=Way.CAR,
            kilometres=24,
            amount=None,
            reason="",
            groups=[],
            by=visit.citizen,
            now=now,
        )
