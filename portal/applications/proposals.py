"""Proposals of the office in a draft: made while reading along, decided by who applies.

A proposal is no answer. It changes nothing until it is accepted; then the answer says by whom it
was proposed, wherever it is read. In what was sent there are none: there the office asks with a
round of questions (`corrections`), and what the person adds must be the own words about it.
"""

from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import (
    proposing,
    queries,
    reading_queries,
    reading_rules,
    readings,
    rules,
    service,
)
from portal.applications.models import Application
from portal.applications.places import Place, Value
from portal.applications.queries import Filled
from portal.applications.reading_along import DraftReading, Proposal
from portal.audit import service as audit
from portal.core.errors import Conflict, NotFound


def propose(
    session: Session,
    *,
    reading: DraftReading,
    place: Place,
    value: Value,
    by: StaffMember,
    now: datetime,
) -> None:
    """Propose an answer in a draft that `by` reads along now; an earlier proposal makes way."""
    application = queries.to_change(session, application=reading.application)
    reading = reading_queries.to_change(session, reading=reading)
    reading_rules.check_reads(reading, by, now=now)
    sheet = reading_queries.sheet_along(session, application=application)
    reading_rules.check_can_propose(sheet, place)
    reading_rules.check_is_new(sheet, place, value)
    proposing.keep(session, application=application, place=place, value=value, by=by, now=now)
    readings.record(session, "answer_proposed", reading, by=by, now=now, question=place.question)


def take_back(
    session: Session, *, reading: DraftReading, id: UUID, by: StaffMember, now: datetime
) -> None:
    """Take the own proposal back before it is decided."""
    application = queries.to_change(session, application=reading.application)
    proposal = reading_queries.proposal_in(session, id, application=application)
    if proposal.by_id != by.id:
        raise NotFound
    proposing.forget(session, proposal=proposal)
    readings.record(
        session, "proposal_taken_back", reading, by=by, now=now, question=proposal.question_id
    )


def accept(
    session: Session,
    *,
    filled: Filled,
    id: UUID,
    shown: str,
    by: Citizen,
    now: datetime,
) -> Filled:
    """Make a proposal the answer; `shown` is the mark of the answer beside which it was read.

    Raise `Conflict` when the answer is another one meanwhile, or the question not asked any more,
    and `NotFound` when another proposal has taken its place: that one has another id.
    """
    proposal = reading_queries.proposal_in(session, id, application=filled.application)
    place = proposing.place_of(proposal)
    reading_rules.check_can_accept(filled.sheet, place, proposal.value)
    saved = service.save_typed(
        session,
        filled=filled,
        typed={place: proposal.value},
        shown={place: shown},
        by=by,
        now=now,
        proposed_by=proposal.by_name,
    )
    if saved.conflicts:
        raise Conflict(
            gettext("Ihre Antwort hat sich inzwischen geändert. Lesen Sie beide noch einmal.")
        )
    # The draft is locked now, as whoever proposes locks it: nothing changes under the decision.
    proposal = reading_queries.proposal_in(session, id, application=filled.application)
    reading_rules.check_can_accept(saved.filled.sheet, place, proposal.value)
    proposing.forget(session, proposal=proposal)
    _record(session, "proposal_accepted", filled.application, proposal, by=by, now=now)
    return saved.filled


def refuse(session: Session, *, filled: Filled, id: UUID, by: Citizen, now: datetime) -> None:
    """Do without a proposal: it is gone, and the answer stays as it is."""
    application = queries.to_change(session, application=filled.application)
    rules.check_can_edit(application)
    proposal = reading_queries.proposal_in(session, id, application=application)
    if filled.sheet.hides_place(proposing.place_of(proposal)):
        raise NotFound
    proposing.forget(session, proposal=proposal)
    _record(session, "proposal_refused", application, proposal, by=by, now=now)


def _record(
    session: Session,
    deed: str,
    application: Application,
    proposal: Proposal,
    *,
    by: Citizen,
    now: datetime,
) -> None:
    audit.record(
        session,
        deed=f"applications.{deed}",
        subject=("application", application.id),
        by=by,
        now=now,
        question=proposal.question_id,
        proposed_by={"id": proposal.by_id, "name": proposal.by_name},
    )
