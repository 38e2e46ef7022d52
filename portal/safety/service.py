"""The deeds of safety: call for help, be seen, end; tell what happened, answer."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.models import Right, StaffMember
from portal.appointments.models import Booking
from portal.audit import service as audit
from portal.core.db import lost_race, new_id
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.notifications import service as notifications
from portal.office import queries as office
from portal.safety import queries, rules
from portal.safety.models import SafetyAlert, SafetyIncident
from portal.safety.rules import Told

PATH = "/amt/hilferuf"


def raise_alert(
    session: Session, *, booking: Booking, by: StaffMember, now: datetime
) -> SafetyAlert:
    """Call for help; pressing twice is one call.

    Open pages of the leads show it within seconds. Browsers that may tell do so whatever page is
    open, a mail to each goes out besides, and where the own team has no other lead, both go to the
    leads of all teams at once.
    """
    rules.check_can_raise(queries.booking_of(session, booking.id, asker=by), now=now)
    known = queries.own_alert(session, booking=booking, asker=by)
    if known is not None and known.ended_at is None:
        return known
    alert = SafetyAlert(
        id=new_id(), booking=booking, raised_by=by, team_id=by.team_id, raised_at=now
    )
    with lost_race(session, "uq_safety_alerts_open", gettext("Die Leitung ist schon gerufen.")):
        session.add(alert)
        session.flush()  # the constraint answers now
    _call(session, alert, by=by, now=now)
    return alert


def _call(session: Session, alert: SafetyAlert, *, by: StaffMember, now: datetime) -> None:
    called = office.leads_of(session, team_id=by.team_id, besides=by.id) or [
        one for one in accounts.staff_with_right(session, Right.SEE_TEAM) if one.id != by.id
    ]
    path = f"{PATH}/{alert.id}"
    for lead in called:
        notifications.alarm(session, recipient_id=lead.id, path=path, language="de", now=now)
        notifications.send(
            session,
            template="safety_alert",
            address=lead.address,
            recipient_id=lead.id,
            now=now,
            context={"name": lead.name, "colleague": by.name, "path": path},
            at_once=True,
        )
    inbox.open_item(
        session,
        kind=ItemKind.SAFETY_ALERT,
        subject_id=alert.id,
        case_id=None,
        title=gettext("Hilferuf"),
        person=by.name,
        reason=gettext("Eine Kollegin oder ein Kollege braucht Sie jetzt."),
        next_step=gettext("Hingehen oder anrufen"),
        team_id=by.team_id,
        assignee_id=called[0].id if called and called[0].team_id == by.team_id else None,
        urgency=3,
        urgency_reason=gettext("Jetzt."),
        now=now,
    )
    _record(session, "safety.alert_raised", alert, by=by, now=now)


def see(session: Session, *, alert: SafetyAlert, by: StaffMember, now: datetime) -> None:
    """Say that one is on the way; who called sees it. The first one counts."""
    rules.check_can_answer(alert, by=by)
    if alert.seen_at is None:
        alert.seen_at, alert.seen_by_id = now, by.id
        _record(session, "safety.alert_seen", alert, by=by, now=now)


def end(session: Session, *, alert: SafetyAlert, by: StaffMember, now: datetime) -> None:
    """End a call; nobody can end their own: somebody else has looked."""
    rules.check_can_answer(alert, by=by)
    alert.seen_at = alert.seen_at or now
    alert.seen_by_id = alert.seen_by_id or by.id
    alert.ended_at, alert.ended_by_id = now, by.id
    inbox.close_items(session, kind=ItemKind.SAFETY_ALERT, subject_id=alert.id, by=by, now=now)
    _record(session, "safety.alert_ended", alert, by=by, now=now)


def report(
    session: Session, *, booking: Booking | None, told: Told, by: StaffMember, now: datetime
) -> SafetyIncident:
    """Keep what happened and put it before the lead of the team."""
    rules.check_incident(told.happened_at, now=now)
    incident = SafetyIncident(
        id=new_id(),
        booking_id=booking.id if booking else None,
        reported_by_id=by.id,
        team_id=by.team_id,
        happened_at=told.happened_at,
        reported_at=now,
        kinds=[kind.value for kind in told.kinds],
        what=told.what,
        witnesses=told.witnesses or None,
        done=told.done or None,
        wants_talk=told.wants_talk,
        police=told.police,
    )
    session.add(incident)
    session.flush()  # the item names it
    leads = office.leads_of(session, team_id=by.team_id, besides=by.id)
    inbox.open_item(
        session,
        kind=ItemKind.SAFETY_INCIDENT,
        subject_id=incident.id,
        case_id=None,
        title=gettext("Vorfall"),
        person=by.name,
        reason=gettext("Ein Vorfall wurde gemeldet."),
        next_step=gettext("Mit der Person sprechen"),
        team_id=by.team_id,
        assignee_id=leads[0].id if leads else None,
        urgency=2 if told.wants_talk else 1,
        urgency_reason=gettext("Die Person bittet um ein Gespräch.") if told.wants_talk else None,
        now=now,
    )
    audit.record(
        session,
        deed="safety.incident_reported",
        subject=("safety_incident", incident.id),
        by=by,
        now=now,
    )
    return incident


def reply(
    session: Session, *, incident: SafetyIncident, answer: str, by: StaffMember, now: datetime
) -> None:
    """Write down what the lead has done about it; who told it can read that."""
    rules.check_can_reply(incident, by=by)
    incident.answer, incident.answered_at, incident.answered_by_id = answer, now, by.id
    inbox.close_items(
        session, kind=ItemKind.SAFETY_INCIDENT, subject_id=incident.id, by=by, now=now
    )
    audit.record(
        session,
        deed="safety.incident_answered",
        subject=("safety_incident", incident.id),
        by=by,
        now=now,
    )


def _record(
    session: Session, deed: str, alert: SafetyAlert, *, by: StaffMember, now: datetime
) -> None:
    audit.record(session, deed=deed, subject=("safety_alert", alert.id), by=by, now=now)
