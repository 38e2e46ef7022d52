"""The verbs of text blocks: keep one, change it, throw it away."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.core import placeholders
from portal.core.db import lost_race, new_id
from portal.messages import blanks, rules
from portal.messages.models import TextBlock


def add(
    session: Session, *, name: str, text: str, for_team: bool, by: StaffMember, now: datetime
) -> TextBlock:
    """Keep a new block, for oneself or, as the lead, for the team."""
    rules.check_writes(by)
    if for_team:
        rules.check_team(by)
    made = TextBlock(
        id=new_id(),
        owner_id=None if for_team else by.id,
        team_id=by.team_id if for_team else None,
    )
    _keep(session, block=made, name=name, text=text, by=by, now=now)
    _record(session, made, "messages.block_added", by, now)
    return made


def change(
    session: Session, *, block: TextBlock, name: str, text: str, by: StaffMember, now: datetime
) -> None:
    """Change a block; what was written with it stays as it is."""
    rules.check_can_change(block, by)
    _keep(session, block=block, name=name, text=text, by=by, now=now)
    _record(session, block, "messages.block_changed", by, now)


def _keep(
    session: Session, *, block: TextBlock, name: str, text: str, by: StaffMember, now: datetime
) -> None:
    name, text = rules.check_name(name), rules.check_text(text)
    placeholders.names_in(text, known=blanks.WORDS)
    taken = gettext("Einen Baustein mit diesem Namen gibt es schon.")
    with lost_race(session, "uq_message_blocks", taken, field="name"):
        block.name, block.text = name, text
        block.changed_at, block.changed_by_name = now, by.name
        session.add(block)
        session.flush()  # the constraint answers now


def remove(session: Session, *, block: TextBlock, by: StaffMember, now: datetime) -> None:
    """Throw a block away."""
    rules.check_can_change(block, by)
    _record(session, block, "messages.block_removed", by, now)
    session.delete(block)


def _record(session: Session, block: TextBlock, deed: str, by: StaffMember, now: datetime) -> None:
    audit.record(session, deed=deed, subject=("message_block", block.id), by=by, now=now)
