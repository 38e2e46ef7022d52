"""The deeds on kinds of appointments: add, change, put in order, switch on and off."""

import re
import unicodedata
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.calendars import queries, rules
from portal.calendars.models import AppointmentType
from portal.core.db import lost_race

TWIN = "Eine Art von Termin mit diesem Namen gibt es schon."


def add_kind(
    session: Session, *, facts: dict[str, Any], by: StaffMember, now: datetime
) -> AppointmentType:
    """Add a kind at the end of the list; its address is made of its name and stays."""
    rules.check_kind(facts)
    last = session.scalar(select(func.max(AppointmentType.position))) or 0
    kind = AppointmentType(key=_key(facts["name"]), position=last + 1, **facts)
    with lost_race(session, "uq_appointment_types_key", TWIN, field="name"):
        session.add(kind)
        session.flush()  # the constraint decides here
    _record(session, "calendars.kind_added", kind, by, now)
    return kind


def change_kind(
    session: Session,
    *,
    kind: AppointmentType,
    facts: dict[str, Any],
    by: StaffMember,
    now: datetime,
) -> None:
    """Change a kind; what is booked keeps its time."""
    rules.check_kind(facts)
    changed = sorted(name for name, value in facts.items() if getattr(kind, name) != value)
    for name in changed:
        setattr(kind, name, facts[name])
    if changed:
        _record(session, "calendars.kind_changed", kind, by, now, changed=changed)


def move_kind(
    session: Session, *, kind: AppointmentType, up: bool, by: StaffMember, now: datetime
) -> None:
    """Let a kind change places with its neighbour; at the end of the list nothing happens."""
    row = list(queries.all_types(session))
    here = row.index(kind)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(row):
        return
    row[here], row[there] = row[there], row[here]
    for position, one in enumerate(row):
        one.position = position
    _record(session, "calendars.kind_moved", kind, by, now, position=there)


def switch_kind(
    session: Session, *, kind: AppointmentType, on: bool, by: StaffMember, now: datetime
) -> None:
    """Offer a kind, or offer it no more; what is booked stays booked, and no kind is deleted."""
    if kind.is_active != on:
        kind.is_active = on
        deed = "calendars.kind_switched_on" if on else "calendars.kind_switched_off"
        _record(session, deed, kind, by, now)


def _record(
    session: Session, deed: str, kind: AppointmentType, by: StaffMember, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("appointment_type", kind.id),
        by=by,
        now=now,
        key=kind.key,
        **facts,
    )


_SPELLED = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}


def _key(name: str) -> str:
    """Make a word for addresses of a name: „Kurzes Gespräch (Köln)“ → kurzes-gespraech-koeln."""
    spelled = name.lower().translate(_SPELLED)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "termin"
