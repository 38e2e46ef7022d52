"""The verbs of applications: start, answer, attach, send; take into review, decide, withdraw.

What is sent is sent whole and once: the definition, every answer that was asked for, a hash over
both. Afterwards nothing in it changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import (
    answering,
    items,
    jobs,
    known,
    merging,
    papers,
    queries,
    reading_ends,
    round_ends,
    rules,
    versions,
    wording,
)
from portal.applications.definitions import Form
from portal.applications.models import (
    Application,
    ApplicationState,
    Outcome,
    Source,
)
from portal.applications.places import Place, Value
from portal.applications.queries import Filled
from portal.applications.questions import GroupQuestion
from portal.applications.sheet import Need, Sheet
from portal.audit import queries as audit_queries
from portal.audit import service as audit
from portal.casefiles import lodgements, walls
from portal.casefiles import service as casefiles
from portal.casefiles.lodgements import Lodgement
from portal.casefiles.models import Case, Channel
from portal.core import clock
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.inbox import service as inbox
from portal.representation import letters
from portal.uploads.models import Upload

SAME_READING = timedelta(minutes=5)


def start(session: Session, *, form: str, by: Citizen, now: datetime) -> Application:
    """Begin a draft with what is known already; go on with the open one if there is one."""
    draft = queries.open_draft(session, form=form, asker=by)
    if draft is not None:
        return draft
    definition = versions.current(session, form, clock.local_date(now))
    if definition is None:
        raise NotFound
    return begin(session, definition=definition, by=by, now=now)


def begin(session: Session, *, definition: Form, by: Citizen, now: datetime) -> Application:
    """Begin a draft on the words of one version, which are kept from now on."""
    form = definition.form
    versions.keep(session, definition, now=now)
    application = Application(
        id=new_id(),
        citizen_id=by.id,
        form=form,
        version=definition.version,
        edition=definition.edition,
        state=ApplicationState.DRAFT,
        started_at=now,
        changed_at=now,
    )
    try:
        with lost_race(session, "uq_applications_open_draft", "Der Entwurf ist schon da."):
            session.add(application)
            session.flush()  # the answers need the row
    except Conflict:
        return start(session, form=form, by=by, now=now)
    answers = known.answers(session, form=definition, citizen=by, now=now)
    answering.keep(session, application=application, answers=answers, now=now)
    audit.record(
        session,
        deed="applications.started",
        subject=("application", application.id),
        by=by,
        now=now,
        form=form,
        version=definition.version,
    )
    return application


@dataclass(frozen=True)
class Saved:
    """The draft as it is now, and the places where somebody else had answered differently."""

    filled: Filled
    conflicts: Mapping[Place, Value | None]


def save_answers(
    session: Session,
    *,
    filled: Filled,
    answers: Mapping[Place, Value | None],
    by: Citizen,
    now: datetime,
) -> Filled:
    """Keep these answers of a draft, forget the emptied ones; return the draft as it is now."""
    return save_typed(session, filled=filled, typed=answers, shown={}, by=by, now=now).filled


def save_typed(
    session: Session,
    *,
    filled: Filled,
    typed: Mapping[Place, Value | None],
    shown: Mapping[Place, str],
    by: Citizen,
    now: datetime,
    proposed_by: str | None = None,
) -> Saved:
    """Keep what was typed on a page whose fields were shown with these marks (`merging.mark`).

    Nothing that somebody else has changed since is overwritten: such places come back as conflicts.
    `proposed_by` names who of the office has proposed what `by` accepts here.
    """
    filled = _to_answer(session, filled)
    name = proposed_by or _giver(filled.application, by)
    source = Source.PROPOSED if proposed_by else Source.TYPED
    was = filled.sheet.kept
    merged = merging.merge(typed, shown, was, by=name, source=source)
    sheet = filled.sheet.keeping(merged.write)
    _check_rows(sheet)
    kept = {place: one for place, one in merged.write.items() if one is not None}
    emptied = [place for place, one in merged.write.items() if one is None]
    changed = {
        place.owner
        for place, one in merged.write.items()
        if (was[place].value if place in was else None) != (one.value if one else None)
    }
    answering.keep(session, application=filled.application, answers=kept, now=now)
    answering.forget(session, application=filled.application, places=emptied)
    answering.unconfirm(session, application=filled.application, owners=changed)
    if merged.write:
        _count_change(filled.application, now=now)
    return Saved(Filled(filled.application, sheet), merged.conflicts)


def _giver(application: Application, by: Citizen) -> str | None:
    """Return the name of who gives answers, if it is not who applies."""
    if by.id != application.citizen_id:
        return by.name
    return by.represented_by.representative.name if by.represented_by else None


def _to_answer(session: Session, filled: Filled) -> Filled:
    """Lock a draft; read its answers again if somebody has changed them since they were read."""
    known = filled.application.revision
    application = queries.to_change(session, application=filled.application)
    rules.check_can_edit(application)
    if application.revision == known:
        return Filled(application, filled.sheet)
    sheet = queries.sheet_of(session, application=application).seen_with(filled.sheet.eyes)
    return Filled(application, sheet)


def _count_change(application: Application, *, now: datetime) -> None:
    application.changed_at = now
    application.revision += 1


def _check_rows(sheet: Sheet) -> None:
    for step in sheet.steps:
        group = step.page.group
        if group is not None and len(sheet.rows(group, step.owner)) > group.max_rows:
            raise InvalidInput(
                f"Hier sind höchstens {group.max_rows} Einträge möglich. "
                "Rufen Sie uns bitte an, wenn Sie mehr brauchen."
            )


def remove_row(
    session: Session,
    *,
    filled: Filled,
    group: GroupQuestion,
    row: UUID,
    owner: UUID | None,
    by: Citizen,
    now: datetime,
) -> Filled:
    """Take one row out of a list, as the citizen asked.

    What was asked in the part of a person who is taken out is set aside with the row.
    """
    places = (Place(column.id, row, owner) for column in group.questions)
    emptied: dict[Place, Value | None] = dict.fromkeys(places)
    return save_answers(session, filled=filled, answers=emptied, by=by, now=now)


def attach(
    session: Session,
    *,
    filled: Filled,
    need: Need,
    groups: Sequence[Sequence[Upload]],
    by: Citizen,
    now: datetime,
) -> None:
    """Take papers in for one requirement, each group of files as one.

    A draft announces nothing to the office: it speaks up when the application is sent.
    """
    application = queries.to_change(session, application=filled.application)
    rules.check_can_attach(application)
    case = casefiles.case_for(session, citizen=by, now=now)
    documents = casefiles.receive_all(
        session,
        case=case,
        owner=by,
        groups=groups,
        kind=need.requirement.kind,
        title=wording.german().need_title(filled.sheet, need),
        by=by,
        now=now,
        announce=application.state is not ApplicationState.DRAFT,
        channel=Channel.APPLICATION,
    )
    papers.attach(session, application=application, need=need, documents=documents, now=now)


def submit(
    session: Session, *, application: Application, key: UUID, by: Citizen, now: datetime
) -> Application:
    """Send an application, once: a second click or a second tab changes nothing any more."""
    application = queries.to_change(session, application=application)
    if application.state is not ApplicationState.DRAFT:
        return application
    sheet = queries.sheet_of(session, application=application)
    rules.check_can_submit(application, queries.own_sheet_of(session, application=application))
    rules.check_who_changes_account(sheet, by)
    case = casefiles.case_for(session, citizen=by, now=now)
    lodged: Sequence[Lodgement] = ()
    if sheet.form.begins_award:
        lodged = lodgements.take_up(session, citizen=by, application_id=application.id, now=now)
    definition = versions.written(sheet.form)
    application.case = case
    application.state = ApplicationState.SUBMITTED
    application.submitted_at = application.changed_at = now
    application.submit_key = key
    application.effective_from = rules.counts_from(sheet, now, _earliest(lodged))
    application.sent_definition = definition
    application.sent_answers = sheet.sent
    application.sent_sources = _sources(sheet)
    application.content_sha256 = content_hash(definition, sheet.sent)
    audit.record(
        session,
        deed="applications.submitted",
        subject=("application", application.id),
        by=by,
        now=now,
        case_id=case.id,
        form=application.form,
        version=application.version,
        content_sha256=application.content_sha256,
    )
    reading_ends.end_all(session, application=application, by=by, now=now)
    _put_before_office(session, application=application, sheet=sheet, case=case, by=by, now=now)
    _write(session, application=application, template="application_sent", citizen=by, now=now)
    jobs.write_receipt.enqueue(session, application_id=str(application.id))
    items.tell_above(session, application=application)
    return application


def counts_from(session: Session, *, sheet: Sheet, citizen: Citizen, now: datetime) -> date:
    """Return the day from which an application would count if it were sent now."""
    standing = lodgements.standing_of(session, citizen=citizen) if sheet.form.begins_award else ()
    return rules.counts_from(sheet, now, _earliest(standing))


def _earliest(lodged: Iterable[Lodgement]) -> date | None:
    return min((one.effective_from for one in lodged), default=None)


def content_hash(definition: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    """Return the SHA-256 over the canonical JSON of definition and answers."""
    return versions.digest([definition, answers])


def _sources(sheet: Sheet) -> dict[str, Any] | None:
    """Say of the answers that were not typed by the citizen where they came from."""
    asked = (place for step in sheet.steps for place in sheet.places_on(step))
    found = {
        place.name: {"source": kept.source, "by": kept.by}
        for place in asked
        if (kept := sheet.kept[place]).source is not Source.TYPED or kept.by
    }
    return found or None


def _put_before_office(
    session: Session,
    *,
    application: Application,
    sheet: Sheet,
    case: Case,
    by: Citizen,
    now: datetime,
) -> None:
    level, why = rules.urgency(sheet, case.award_until, clock.local_date(now))
    inbox.open_item(
        session,
        kind=items.kind_of(application),
        subject_id=application.id,
        case_id=case.id,
        title=sheet.form.title.de,
        person=by.name,
        reason=f"Neuer Antrag, wirkt ab {application.effective_from:%d.%m.%Y}."
        if sheet.form.effect == "month"
        else "Neu eingegangen.",
        next_step="Widerspruch prüfen" if application.form == "wid" else "Antrag prüfen",
        team_id=case.team_id,
        assignee_id=case.benefit_officer_id,
        due_on=rules.due_on_of(application, level),
        received_on=items.received_on(session, application=application),
        urgency=level,
        urgency_reason=why,
        now=now,
    )


def _write(
    session: Session, *, application: Application, template: str, citizen: Citizen, now: datetime
) -> None:
    """Send a mail that says only that there is something to see."""
    letters.send(
        session,
        citizen=citizen,
        template=template,
        now=now,
        context={
            "citizen": citizen,
            "application": application,
            "now": now,
            "sent_by": through.representative.name if (through := citizen.represented_by) else "",
        },
    )


def withdraw(session: Session, *, application: Application, by: Citizen, now: datetime) -> None:
    """Take a sent application back before it is decided."""
    application = queries.to_change(session, application=application)
    rules.check_transition(application, ApplicationState.WITHDRAWN)
    application.state = ApplicationState.WITHDRAWN
    application.withdrawn_at = application.changed_at = now
    lodgements.give_back(session, application_id=application.id)
    _record_step(session, application=application, deed="withdrawn", by=by, now=now)
    items.close(session, application=application, by=by, now=now)
    round_ends.end_all(session, application=application, by=by, now=now)


def take_into_review(
    session: Session, *, application: Application, by: StaffMember, now: datetime
) -> None:
    """Begin to check an application: from now on it lies with `by`."""
    sheet = queries.sheet_of(session, application=application)
    application = queries.to_change(session, application=application)
    rules.check_transition(application, ApplicationState.IN_REVIEW)
    application.state = ApplicationState.IN_REVIEW
    application.review_started_at = application.changed_at = now
    application.reviewer_id = by.id
    _record_step(session, application=application, deed="taken_into_review", by=by, now=now)
    application.reviewer = by
    items.put(session, application=application, sheet=sheet, rounds=(), now=now)


def decide(
    session: Session,
    *,
    application: Application,
    outcome: Outcome,
    note: str | None,
    by: StaffMember,
    now: datetime,
    is_told: bool = True,
) -> None:
    """Write down how an application was decided, and tell the citizen that it was.

    The decision itself, its reasons and its letter are made above (`decisions.service`), which
    calls this; the letter has a notice of its own, so `is_told` is false there if it is sent.
    """
    application = queries.to_change(session, application=application)
    rules.check_transition(application, ApplicationState.DECIDED)
    application.state = ApplicationState.DECIDED
    application.decided_at = application.changed_at = now
    application.decided_by_id = by.id
    application.outcome = outcome
    application.decision_note = note or None
    _record_step(
        session, application=application, deed="decided", by=by, now=now, outcome=outcome.value
    )
    items.close(session, application=application, by=by, now=now)
    round_ends.end_all(session, application=application, by=by, now=now)
    if is_told:
        _write(
            session,
            application=application,
            template="application_decided",
            citizen=application.citizen,
            now=now,
        )


def record_view(
    session: Session, *, application: Application, by: StaffMember, now: datetime
) -> None:
    """Write down that somebody opened an application; a reload is the same reading."""
    for event in audit_queries.events_about(session, kind="application", id=application.id):
        known = event.deed == "applications.viewed" and event.actor_id == by.actor.id
        if known and event.at > now - SAME_READING:
            return
    if application.case_id is None:
        raise NotFound  # what is sent lies in a case
    why = walls.why(session, case_id=application.case_id, asker=by)
    _record_step(
        session,
        application=application,
        deed="viewed",
        by=by,
        now=now,
        why=why.facts,
        owner=application.citizen_id,
    )


def _record_step(
    session: Session,
    *,
    application: Application,
    deed: str,
    by: Citizen | StaffMember,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        deed=f"applications.{deed}",
        subject=("application", application.id),
        by=by,
        now=now,
        case_id=application.case_id,
        **facts,
    )
