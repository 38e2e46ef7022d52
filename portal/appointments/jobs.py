"""What the clock does for appointments: reminders, and the question how a talk ended."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments import (
    closing,
    contacts,
    covering,
    holding,
    offering,
    overdue,
    queries,
    reminders,
    service,
    undelivered,
    waiting,
)
from portal.core.jobs import every


@every("*/5 * * * *", "appointments.remind")
def remind(session: Session, *, now: datetime) -> None:
    """Remind citizens at the times they wish, each once."""
    reminders.send_due(session, now=now)


@every("*/5 * * * *", "appointments.note_undelivered")
def note_undelivered(session: Session, *, now: datetime) -> None:
    """Write down at appointments which of their messages did not arrive."""
    undelivered.note(session, now=now)


@every("*/15 * * * *", "appointments.ask_for_outcomes")
def ask_for_outcomes(session: Session, *, now: datetime) -> None:
    """Put appointments before their officers that ended an hour ago without an outcome."""
    for booking in queries.without_outcome(session, now=now):
        service.ask_for_outcome(session, booking=booking, now=now)


@every("* * * * *", "appointments.clear_lapsed")
def clear_lapsed(session: Session, *, now: datetime) -> None:
    """Offer what came free, then clear away holds that have run out, so that they show as free.

    In this order and in one transaction: a time whose offer ran out goes to the next who waits.
    """
    offering.lapse(session, now=now)
    offering.offer_freed(session, now=now)
    holding.clear_lapsed(session, now=now)


@every("*/15 * * * *", "appointments.find_those_without_officer")
def find_those_without_officer(session: Session, *, now: datetime) -> None:
    """Put appointments ahead whose officer has left before their team; close what is settled."""
    for booking in covering.without_officer(session, now=now):
        covering.miss_officer(session, booking=booking, now=now)
    covering.close_settled(session, now=now)


@every("*/15 * * * *", "appointments.find_those_on_closed_days")
def find_those_on_closed_days(session: Session, *, now: datetime) -> None:
    """Put appointments on days that were closed since before their officers."""
    closing.tell(session, now=now)
    closing.close_settled(session, now=now)


@every("10 4-16 * * *", "appointments.tell_caseloads")
def tell_caseloads(session: Session, *, now: datetime) -> None:
    """Tell the office how full the cases make each person: it gives new work by that."""
    contacts.tell_caseloads(session, now=now)


@every("30 3 * * *", "appointments.sweep_waiting_list")
def sweep_waiting_list(session: Session, *, now: datetime) -> None:
    """Close entries of the waiting list that are over."""
    waiting.sweep(session, now=now)


@every("20 4 * * 1-5", "appointments.tell_overdue_contacts")
def tell_overdue_contacts(session: Session, *, now: datetime) -> None:
    """Put cases ahead each morning whose contact is overdue."""
    overdue.close_settled(session, now=now)
    overdue.tell(session, now=now)


@every("*/15 * * * *", "appointments.close_overdue_contacts")
def close_overdue_contacts(session: Session, *, now: datetime) -> None:
    """Take away what has settled itself since."""
    overdue.close_settled(session, now=now)
