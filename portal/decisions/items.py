"""Work items of decisions: one waits for a second person, one came back."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit.models import Acting
from portal.core import clock
from portal.decisions import queries, rules
from portal.decisions.models import Decision
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.office import queries as office
from portal.office import releasing
from portal.office.releasing import Place, Releaser

WHY = {
    Place.LEAD: "",
    Place.SUBSTITUTE: " Sie vertreten die Leitung des Teams.",
    Place.NAMED: " Sie sind dafür benannt: Die Leitung des Teams war beteiligt.",
    Place.HOUSE: " Für dieses Team ist niemand benannt, der sonst freigeben darf.",
}
NOBODY = " Niemand im Haus darf sie freigeben: Die Verwaltung muss jemanden dafür einsetzen."


def who_releases(session: Session, decision: Decision, *, now: datetime) -> Releaser | None:
    """Return who is asked to release a decision: nobody who had a hand in it or must keep out."""
    people = [member.citizen_id for member in decision.case.members]
    shut = office.kept_from(session, citizen_ids=people)
    besides = {*rules.hands(decision), *shut}
    asked = releasing.releasers(
        session, team_id=decision.case.team_id, besides=besides, day=clock.local_date(now)
    )
    return asked[0] if asked else None


def ask_for_release(session: Session, decision: Decision, *, title: str, now: datetime) -> None:
    """Put a decision before who releases it; in the last resort before the team, as urgent."""
    found = who_releases(session, decision, now=now)
    inbox.open_item(
        session,
        kind=ItemKind.DECISION_RELEASE,
        subject_id=decision.id,
        case_id=decision.case_id,
        title=title,
        person=decision.citizen.name,
        reason=" ".join(decision.release_why) + (WHY[found.place] if found else NOBODY),
        next_step="Entscheidung ansehen und freigeben",
        team_id=decision.case.team_id,
        assignee_id=found.member.id if found else None,
        urgency=0 if found else 2,
        urgency_reason=None if found else "Niemand darf freigeben.",
        kept_from=rules.hands(decision),
        now=now,
    )


def look_after_release(session: Session, decision: Decision, *, title: str, now: datetime) -> bool:
    """Ask anew where the item of a waiting decision is gone or lies with who may not release.

    Return whether somebody else is asked now.
    """
    item = queries.release_item(session, decision_id=decision.id)
    holder = session.get(StaffMember, item.assignee_id) if item and item.assignee_id else None
    if holder is not None and rules.can_release(decision, by=holder):
        return False
    found = who_releases(session, decision, now=now)
    if item is not None and found is None:
        return False
    if item is not None and found is not None:
        why = "Gibt frei, wer daran nicht mitgearbeitet hat."
        inbox.give_anew(session, item=item, to=found.member, why=why, now=now)
    ask_for_release(session, decision, title=title, now=now)
    return True


def tell_returned(session: Session, decision: Decision, *, title: str, now: datetime) -> None:
    """Put a decision that came back before who prepared it."""
    inbox.open_item(
        session,
        kind=ItemKind.DECISION_RETURNED,
        subject_id=decision.id,
        case_id=decision.case_id,
        title=title,
        person=decision.citizen.name,
        reason=f"{decision.returned_by_name}: {decision.returned_why}",
        next_step="Entscheidung ändern",
        team_id=decision.case.team_id,
        assignee_id=decision.prepared_by_id,
        due_on=clock.local_date(now),
        now=now,
    )


def release_is_done(session: Session, decision: Decision, *, by: Acting, now: datetime) -> None:
    """Take the item of the second person away."""
    kind = ItemKind.DECISION_RELEASE
    inbox.close_items(session, kind=kind, subject_id=decision.id, by=by, now=now)


def returned_is_done(
    session: Session, decision: Decision, *, by: StaffMember, now: datetime
) -> None:
    """Take the item of who prepared the decision away."""
    kind = ItemKind.DECISION_RETURNED
    inbox.close_items(session, kind=kind, subject_id=decision.id, by=by, now=now)
