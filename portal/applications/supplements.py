"""Supplements: what a citizen changes in a sent application or adds to it, once it is sent.

Nothing that was sent is overwritten: a supplement lists each change with the answer before, gets a
number and a hash of its own, and what counts now is what was sent with the supplements in order.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import (
    amending,
    correction_queries,
    items,
    jobs,
    merging,
    queries,
    rules,
    versions,
)
from portal.applications.amending import Amendment
from portal.applications.models import (
    Application,
    ApplicationState,
    CorrectionRound,
    Supplement,
)
from portal.applications.places import Place, Value
from portal.applications.queries import Filled
from portal.applications.sheet import Sheet
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.representation import letters

MOST_CHANGES = 2000


def amendment(session: Session, *, filled: Filled, round: CorrectionRound | None) -> Amendment:
    """Return what is written so far on top of what counts now; nothing yet is a blank one."""
    draft = correction_queries.draft_of(session, application=filled.application, round=round)
    return written_on(filled.sheet, draft, round)


def written_on(sheet: Sheet, draft: Supplement | None, round: CorrectionRound | None) -> Amendment:
    """Put a draft on a sheet: what was before is what counts now, not what did when it began."""
    marks = correction_queries.marks_of(round) if round else None
    changes = amending.read(draft.changes) if draft else ()
    return Amendment(sheet, (), marks).with_answers({one.place: one.after for one in changes})


def keep(
    session: Session,
    *,
    filled: Filled,
    round: CorrectionRound | None,
    answers: Mapping[Place, Value | None],
    by: Citizen,
    now: datetime,
) -> Amendment:
    """Keep these answers in the supplement that is being written; raise where none may change."""
    application, draft = _to_write(session, filled, round)
    before = written_on(filled.sheet, draft, round)
    return _write(session, application, round, draft, before, answers, by=by, now=now)


class Kept(NamedTuple):
    """The supplement as it is written now, and the places where two devices differ."""

    written: Amendment
    conflicts: Mapping[Place, Value | None]


def keep_typed(
    session: Session,
    *,
    filled: Filled,
    round: CorrectionRound | None,
    typed: Mapping[Place, Value | None],
    shown: Mapping[Place, str],
    is_whole: bool,
    by: Citizen,
    now: datetime,
) -> Kept:
    """Keep what was typed on a page whose fields were shown with these marks (`merging.mark`).

    What another device has changed since is not overwritten. `is_whole`: the page was left with
    “Weiter”, so what stayed as it was counts as looked at; while it is filled in nothing does.
    """
    application, draft = _to_write(session, filled, round)
    before = written_on(filled.sheet, draft, round)
    stored = before.sheet.kept
    merged = merging.merge(typed, shown, stored, by=None)
    answers: dict[Place, Value | None] = {}
    for place, value in typed.items():
        kept = stored.get(place)
        there = kept.value if kept else None
        wanted = value if place in merged.write else there
        if place not in merged.conflicts and (is_whole or wanted != there):
            answers[place] = wanted
    after = before
    if answers:
        after = _write(session, application, round, draft, before, answers, by=by, now=now)
    return Kept(after, merged.conflicts)


def _to_write(
    session: Session, filled: Filled, round: CorrectionRound | None
) -> tuple[Application, Supplement | None]:
    application = queries.to_change(session, application=filled.application)
    _check_open(session, application, round)
    return application, correction_queries.draft_of(session, application=application, round=round)


def _write(  # noqa: PLR0917 (a draft and what it stands on)
    session: Session,
    application: Application,
    round: CorrectionRound | None,
    draft: Supplement | None,
    before: Amendment,
    answers: Mapping[Place, Value | None],
    *,
    by: Citizen,
    now: datetime,
) -> Amendment:
    for place in answers:
        if not before.allows(place):
            raise Conflict(
                "Diese Angabe lässt sich hier nicht ändern. Auf der Seite des Antrags können Sie "
                "jede Angabe mit einem Nachtrag ändern."
            )
    after = before.with_answers(answers)
    _check_size(after)
    if draft is None:
        draft = Supplement(
            id=new_id(),
            application_id=application.id,
            round_id=round.id if round else None,
            started_at=now,
            by_name=by.actor.name,
        )
        session.add(draft)
    draft.changes = [one.written() for one in after.changes]
    draft.changed_at = now
    return after


def _check_open(session: Session, application: Application, round: CorrectionRound | None) -> None:
    rules.check_can_supplement(application)
    if round is not None:
        rules.check_can_answer(correction_queries.round_to_change(session, round=round))


def _check_size(after: Amendment) -> None:
    if len(after.changes) > MOST_CHANGES:
        raise InvalidInput("Das sind zu viele Änderungen. Rufen Sie uns bitte an.")
    for step in after.sheet.steps:
        group = step.page.group
        if group is not None and len(after.sheet.rows(group, step.owner)) > group.max_rows:
            raise InvalidInput(
                f"Hier sind höchstens {group.max_rows} Einträge möglich. "
                "Rufen Sie uns bitte an, wenn Sie mehr brauchen."
            )


def discard(
    session: Session, *, filled: Filled, round: CorrectionRound | None, by: Citizen
) -> None:
    """Throw away what was written and not sent; `by` has been given the application."""
    application = queries.to_change(session, application=filled.application)
    draft = correction_queries.draft_of(session, application=application, round=round)
    if draft is not None:
        session.delete(draft)


def send(
    session: Session,
    *,
    filled: Filled,
    round: CorrectionRound | None,
    key: UUID,
    words: str | None,
    by: Citizen,
    now: datetime,
) -> Supplement:
    """Send a supplement, once: a second click with the same key changes nothing any more."""
    application = queries.to_change(session, application=filled.application)
    sent = correction_queries.sent_with(session, key=key, application=application)
    if sent is not None:
        return sent
    _check_open(session, application, round)
    draft = correction_queries.draft_of(session, application=application, round=round)
    written = written_on(queries.sheet_now(session, application=application), draft, round)
    _check_whole(written)
    rules.check_who_gives_account(
        written.sheet, [one.place for one in written.changes if not one.is_confirmed], by
    )
    if draft is None or application.case is None:
        raise NotFound
    changes = [one.written() for one in (*written.changes, *written.dropped)]
    draft.number = correction_queries.next_supplement(session, application=application)
    draft.changes = changes
    draft.words = words or None
    draft.by_name = by.actor.name
    draft.sent_at = draft.changed_at = application.changed_at = now
    draft.submit_key = key
    draft.content_sha256 = content_hash(application, draft)
    audit.record(
        session,
        deed="applications.supplement_sent",
        subject=("supplement", draft.id),
        by=by,
        now=now,
        case_id=application.case_id,
        number=draft.number,
        round=round.number if round else None,
        content_sha256=draft.content_sha256,
    )
    if round is not None:
        correction_queries.round_to_change(session, round=round).answered_at = now
    _put_before_office(session, application=application, draft=draft, round=round, by=by, now=now)
    _tell(session, application=application, by=by, now=now)
    jobs.write_supplement_receipt.enqueue(session, supplement_id=str(draft.id))
    return draft


def _check_whole(written: Amendment) -> None:
    if not written.changes:
        raise InvalidInput("Sie haben noch nichts geändert. Wählen Sie zuerst eine Angabe aus.")
    if written.unanswered:
        raise InvalidInput("Sehen Sie bitte zuerst alle Angaben an, nach denen wir fragen.")
    if written.gaps:
        raise InvalidInput(
            "Durch Ihre Änderung fragen wir noch etwas. Beantworten Sie bitte zuerst die offenen "
            "Fragen."
        )


def content_hash(application: Application, supplement: Supplement) -> str:
    """Return the SHA-256 over the hash of the application, the number, the changes, the words."""
    content: list[Any] = [
        application.content_sha256,
        supplement.number,
        supplement.changes,
        supplement.words,
    ]
    return versions.digest(content)


def _put_before_office(
    session: Session,
    *,
    application: Application,
    draft: Supplement,
    round: CorrectionRound | None,
    by: Citizen,
    now: datetime,
) -> None:
    session.flush()  # the rounds are read anew
    case = application.case
    if case is None:
        raise NotFound
    sheet = queries.sheet_now(session, application=application)
    rounds = correction_queries.rounds_of(session, application=application)
    if application.state is ApplicationState.IN_REVIEW:
        items.put(session, application=application, sheet=sheet, rounds=rounds, now=now)
    inbox.open_item(
        session,
        kind=ItemKind.CORRECTION_ANSWERED if round else ItemKind.SUPPLEMENT,
        subject_id=round.id if round else draft.id,
        case_id=case.id,
        title=sheet.form.title.de,
        person=application.citizen.name,
        reason=f"Antwort auf Rückfrage {round.number}."
        if round
        else f"Nachtrag {draft.number}, von der Person selbst gesendet.",
        next_step="Antwort prüfen" if round else "Nachtrag ansehen",
        team_id=case.team_id,
        assignee_id=application.reviewer_id or case.benefit_officer_id,
        urgency=1 if round else 0,
        urgency_reason="Das Jobcenter hat darauf gewartet." if round else None,
        now=now,
    )


def _tell(session: Session, *, application: Application, by: Citizen, now: datetime) -> None:
    through = by.represented_by
    letters.send(
        session,
        citizen=application.citizen,
        template="supplement_sent",
        now=now,
        context={
            "citizen": application.citizen,
            "application": application,
            "now": now,
            "sent_by": through.representative.name if through else "",
        },
    )


def mark_seen(session: Session, *, supplement: Supplement, by: StaffMember, now: datetime) -> None:
    """Write down that somebody has read a free supplement; its item disappears."""
    if supplement.seen_at is None:
        supplement.seen_at, supplement.seen_by_name = now, by.name
        application = queries.application_for(session, supplement.application_id, asker=by)
        _record_seen(session, supplement, application, by=by, now=now)
    inbox.close_items(session, kind=ItemKind.SUPPLEMENT, subject_id=supplement.id, by=by, now=now)


def _record_seen(
    session: Session, supplement: Supplement, application: Application, *, by: Acting, now: datetime
) -> None:
    audit.record(
        session,
        deed="applications.supplement_seen",
        subject=("supplement", supplement.id),
        by=by,
        now=now,
        case_id=application.case_id,
        number=supplement.number,
    )
