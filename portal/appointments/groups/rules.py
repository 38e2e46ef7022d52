"""The law of events with seats as plain questions: who plans, who takes part, and until when.

Whether a seat is free is asked of the seats themselves (`seating`), whether a time is free of the
calendars (`planning`).
"""

from datetime import datetime, timedelta

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Person, Right, StaffMember
from portal.appointments.group_models import Audience, EventState, GroupEvent
from portal.appointments.groups import limits
from portal.appointments.groups.plans import Plan
from portal.appointments.offer_hours import ANSWER_WITHIN, next_asking
from portal.calendars.models import BookableBy, Channel
from portal.core.errors import Conflict, InvalidInput, NotAllowed, PortalError

TRANSITIONS: dict[EventState, frozenset[EventState]] = {
    EventState.PLANNED: frozenset({EventState.CANCELLED, EventState.TOOK_PLACE}),
    EventState.CANCELLED: frozenset(),
    EventState.TOOK_PLACE: frozenset(),
}
IN_PERSON = (Channel.OFFICE, Channel.OUTREACH)
"""A video talk of many is no room of this portal yet: a door opens for one booking."""
_OVER_BEFORE_IT_BEGINS = "Die Anmeldung wäre zu Ende, bevor sie beginnt. Prüfen Sie beide Angaben."


# Who


def can_lead(event: GroupEvent, *, by: StaffMember) -> bool:
    """Tell whether `by` leads the event, alone or with others, or leads the team it belongs to."""
    if not accounts_rules.can(by, Right.MANAGE_APPOINTMENTS):
        return False
    takes_part = by.id in {event.lead_id, *(one.staff_member_id for one in event.others)}
    leads_team = event.lead.team_id == by.team_id and accounts_rules.can(by, Right.SEE_TEAM)
    return takes_part or leads_team


def check_can_lead(event: GroupEvent, *, by: StaffMember) -> None:
    """Raise unless `by` leads the event or the team it belongs to."""
    if not can_lead(event, by=by):
        raise NotAllowed("Das ändern nur die Personen, die die Veranstaltung leiten.")


# When


def check_can_change(event: GroupEvent, *, by: StaffMember, now: datetime) -> None:
    """Raise unless the event is still to come and `by` leads it."""
    check_can_lead(event, by=by)
    if event.state == EventState.CANCELLED:
        raise Conflict("Diese Veranstaltung ist abgesagt.")
    if event.starts_at <= now or event.state == EventState.TOOK_PLACE:
        raise Conflict("Diese Veranstaltung hat schon begonnen.")


def can_change(event: GroupEvent, *, by: StaffMember, now: datetime) -> bool:
    """Tell whether `by` may still change or cancel the event."""
    try:
        check_can_change(event, by=by, now=now)
    except PortalError:
        return False
    return True


def check_can_register(event: GroupEvent, *, by: Person, now: datetime) -> None:
    """Raise unless `by` may take a seat now, for themselves or, as staff, for somebody.

    Staff take people in until the event is over: who stands at the door is let in.
    """
    if event.state == EventState.CANCELLED:
        raise Conflict("Diese Veranstaltung ist abgesagt. Sehen Sie bitte nach anderen Terminen.")
    if isinstance(by, StaffMember):
        accounts_rules.check(by, Right.MANAGE_APPOINTMENTS)
        if event.ends_at <= now:
            raise Conflict("Diese Veranstaltung ist vorbei.")
        return
    if event.type.bookable_by == BookableBy.STAFF:
        raise NotAllowed("Diese Plätze vergibt das Jobcenter. Rufen Sie uns bitte an.")
    if event.starts_at <= now:
        raise Conflict("Diese Veranstaltung hat schon begonnen.")
    if event.opens_at > now:
        raise Conflict("Die Anmeldung ist noch nicht offen.")
    if event.closes_at <= now:
        raise Conflict("Die Anmeldung ist geschlossen. Rufen Sie uns bitte an.")


def why_not(event: GroupEvent, *, by: Person, now: datetime) -> str | None:
    """Say why `by` may take no seat now, free or not; nothing when they may."""
    try:
        check_can_register(event, by=by, now=now)
    except PortalError as error:
        return error.message
    return None


def can_register(event: GroupEvent, *, by: Person, now: datetime) -> bool:
    """Tell whether `by` may take a seat now, if one is free."""
    return why_not(event, by=by, now=now) is None


def keeps_for_those_who_wait(event: GroupEvent, *, now: datetime) -> bool:
    """Tell whether there is still time to ask who waits; if not, a free seat is for all."""
    return next_asking(now) + ANSWER_WITHIN <= event.closes_at


def check_can_record(event: GroupEvent, *, by: StaffMember, now: datetime) -> None:
    """Raise unless the event has begun, takes place, and `by` leads it."""
    check_can_lead(event, by=by)
    if event.state == EventState.CANCELLED:
        raise Conflict("Diese Veranstaltung ist abgesagt.")
    if now < event.starts_at:
        raise Conflict("Wer gekommen ist, tragen Sie ein, sobald es begonnen hat.")


def can_record(event: GroupEvent, *, by: StaffMember, now: datetime) -> bool:
    """Tell whether `by` may write down who came."""
    try:
        check_can_record(event, by=by, now=now)
    except PortalError:
        return False
    return True


# What a plan must be


def check_plan(plan: Plan, *, by: StaffMember, now: datetime) -> None:
    """Raise `InvalidInput` at the first fact that cannot be."""
    accounts_rules.check(by, Right.MANAGE_APPOINTMENTS)
    if not plan.type.is_for_groups:
        raise InvalidInput("Diese Art von Termin ist nicht für Gruppen.", field="kind")
    if not any(character.isalnum() for character in plan.title):
        raise InvalidInput("Geben Sie einen Titel ein.", field="title")
    for name in limits.LONGEST:
        limits.check_text(name, getattr(plan, name))
    _check_time(plan, now=now)
    _check_where(plan)
    _check_who(plan)


def check_opens(plan: Plan, *, now: datetime) -> None:
    """Raise when nobody could register for a new event any more."""
    if plan.closes_at <= now:
        raise InvalidInput(_OVER_BEFORE_IT_BEGINS, field="closes_hours")


def _check_time(plan: Plan, *, now: datetime) -> None:
    if plan.starts_at <= now:
        raise InvalidInput("Dieser Tag und diese Uhrzeit sind schon vorbei.", field="day")
    if plan.ends_at <= plan.starts_at:
        raise InvalidInput("Das Ende muss nach dem Beginn liegen.", field="ends")
    limits.check(
        "minutes", int((plan.ends_at - plan.starts_at).total_seconds()) // 60, field="ends"
    )
    if plan.starts_at > now + timedelta(days=plan.type.horizon_days):
        raise InvalidInput(
            f"Planen lässt sich nur für die nächsten {plan.type.horizon_days} Tage.", field="day"
        )
    if plan.closes_at > plan.starts_at:
        raise InvalidInput("Die Anmeldung endet vor dem Beginn.", field="closes_hours")
    if plan.closes_at <= plan.opens_at:
        raise InvalidInput(_OVER_BEFORE_IT_BEGINS, field="closes_hours")


def _check_where(plan: Plan) -> None:
    if plan.channel not in IN_PERSON or plan.channel not in plan.type.channels:
        raise InvalidInput("Auf diesem Weg gibt es das nicht.", field="channel")
    if (plan.house is None) == (not plan.where_else):
        raise InvalidInput(
            "Wählen Sie einen Raum oder schreiben Sie, wo es ist: eines von beiden.", field="room"
        )
    if plan.room is not None and not plan.room.is_active:
        raise InvalidInput("Diesen Raum gibt es nicht mehr.", field="room")


def _check_who(plan: Plan) -> None:
    limits.check("seats", plan.seats)
    if plan.room is not None and plan.seats > plan.room.seats:
        raise InvalidInput(
            f"Der Raum hat {plan.room.seats} Plätze. Nehmen Sie weniger oder einen anderen Raum.",
            field="seats",
        )
    limits.check("officers", len(plan.others), field="others")
    if plan.lead in plan.others or len(set(plan.others)) < len(plan.others):
        raise InvalidInput("Eine Person steht zweimal da.", field="others")
    for one in plan.officers:
        if not one.is_active or not accounts_rules.can(one, Right.MANAGE_APPOINTMENTS):
            raise InvalidInput(f"{one.name} kann das nicht leiten.", field="lead")
    if (plan.audience == Audience.TEAM) != (plan.team is not None):
        raise InvalidInput("Für welches Team ist das?", field="audience")
    is_for_invited = plan.type.bookable_by == BookableBy.INVITATION
    if is_for_invited and plan.audience != Audience.INVITED:
        raise InvalidInput(
            "Zu dieser Art von Termin kommt nur, wer eingeladen ist.", field="audience"
        )


def seats_free(event: GroupEvent, taken: int) -> int:
    """Return how many seats are left, never less than none."""
    return max(event.seats - taken, 0)
