"""The deeds of a decision: begin, write, hand to a second person, release, send back, issue.

The letter goes through `postbox.write`; `applications.decide` ends the application. What objections
bring stands in `objecting`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.applications import queries as applications
from portal.applications import service as applications_service
from portal.applications import versions
from portal.applications.models import Application, ApplicationState
from portal.audit import service as audit
from portal.casefiles import awards, walls
from portal.core import clock
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.decisions import items, law, letters, queries, rules
from portal.decisions.blocks import Block
from portal.decisions.models import (
    Amount,
    Decision,
    DecisionState,
    Objection,
    ObjectionState,
)
from portal.decisions.typed import Typed
from portal.postbox import service as postbox
from portal.postbox.models import Way


def begin(
    session: Session,
    *,
    application: Application,
    by: StaffMember,
    now: datetime,
    objection: Objection | None = None,
) -> Decision:
    """Begin a decision on an application, or go on with the open one; it is in review from now."""
    found = queries.open_decision(session, application_id=application.id)
    if found is not None:
        return found
    rules.check_can_begin(application)
    if application.state is ApplicationState.SUBMITTED:
        applications_service.take_into_review(session, application=application, by=by, now=now)
    decision = Decision(
        id=new_id(),
        case_id=application.case_id,
        citizen_id=application.citizen_id,
        application_id=application.id,
        objection_id=objection.id if objection else None,
        editors=[str(by.id)],
        prepared_by_id=by.id,
        prepared_at=now,
        changed_at=now,
    )
    try:
        with lost_race(session, "uq_decisions_open", "Die Entscheidung ist schon da."):
            session.add(decision)
            session.flush()  # the trail names the row
    except Conflict:
        return begin(session, application=application, by=by, now=now, objection=objection)
    _record(session, "begun", decision, by, now)
    return decision


def save(
    session: Session,
    *,
    decision: Decision,
    typed: Typed,
    revision: int,
    by: StaffMember,
    now: datetime,
) -> None:
    """Keep what was typed, complete or not; `decision` is locked, `revision` was on the page."""
    rules.check_can_edit(decision, revision=revision)
    if typed.award_from and typed.award_until and typed.award_until < typed.award_from:
        raise InvalidInput(
            gettext("Das Ende liegt vor dem Anfang. Prüfen Sie beide Tage."), field="award_until"
        )
    if (typed.award_from is None) != (typed.award_until is None):
        missing = "award_until" if typed.award_from else "award_from"
        raise InvalidInput(gettext("Geben Sie an, ab wann und bis wann."), field=missing)
    if typed.warned_on and typed.warned_until and typed.warned_until <= typed.warned_on:
        raise InvalidInput(
            gettext("Die Frist endet vor dem Schreiben. Prüfen Sie beide Tage."),
            field="warned_until",
        )
    if (typed.warned_on is None) != (typed.warned_until is None):
        missing = "warned_until" if typed.warned_on else "warned_on"
        raise InvalidInput(gettext("Dazu gehören beide Tage."), field=missing)
    chosen = _blocks(session, typed)
    _check_hearing(session, decision, typed)
    for name in (
        "ruling",
        "award_from",
        "award_until",
        "is_provisional",
        "provisional_why",
        "legal_basis",
        "reasons",
        "is_intrusive",
        "hearing_id",
        "no_hearing",
        "warned_on",
        "warned_until",
        "discretion",
        "is_abroad",
    ):
        setattr(decision, name, getattr(typed, name))
    decision.blocks = [one.written for one in chosen]
    decision.amounts = _amounts(typed)
    decision.editors = sorted({*decision.editors, str(by.id)})
    decision.changed_at = now
    decision.revision += 1
    session.flush()  # the constraints answer now, and the page reads what was kept
    _record(session, "changed", decision, by, now, revision=decision.revision)


def _blocks(session: Session, typed: Typed) -> list[Block]:
    known = queries.blocks_now(session)
    if any(key not in known for key in typed.blocks) or len(typed.blocks) > law.MOST_BLOCKS:
        raise InvalidInput(
            gettext("Einen dieser Bausteine gibt es nicht mehr. Wählen Sie noch einmal."),
            field="blocks",
        )
    return [known[key] for key in typed.blocks]


def _check_hearing(session: Session, decision: Decision, typed: Typed) -> None:
    if typed.hearing_id is None:
        return
    own = queries.hearings_of(session, citizen=decision.citizen)
    if typed.hearing_id not in {one.id for one in own}:
        raise NotFound


def _amounts(typed: Typed) -> list[Amount]:
    """Return the lines as rows; a line without months is for the whole award."""
    if len(typed.amounts) > law.MOST_AMOUNTS:
        raise InvalidInput(gettext("Das sind zu viele Zeilen."), field="person_0")
    rows = []
    for position, one in enumerate(typed.amounts):
        first = one.first_month or (typed.award_from and typed.award_from.replace(day=1))
        last = one.last_month or (typed.award_until and typed.award_until.replace(day=1))
        if first is None or last is None:
            raise InvalidInput(gettext("Geben Sie an, ab wann und bis wann."), field="award_from")
        if last < first:
            raise InvalidInput(
                gettext("Der letzte Monat liegt vor dem ersten."), field=f"last_{position}"
            )
        rows.append(
            Amount(
                position=position,
                person=one.person,
                first_month=first,
                last_month=last,
                cents=one.cents,
            )
        )
    return rows


# On its way out


def form_title(session: Session, decision: Decision) -> str:
    """Return the German title of what was applied for."""
    return versions.form_of(session, application=decision.application).title.de


def check_ready(session: Session, *, decision: Decision, now: datetime) -> None:
    """Raise `InvalidInput` unless the letter of a decision could go out as it is."""
    form = versions.form_of(session, application=decision.application)
    rules.check_complete(
        decision,
        needs_money=form.effect == "month",
        hearing=decision.hearing,
        today=clock.local_date(now),
    )
    letters.reasons(decision, form=form.title.de)
    _court(session, decision)


def _court(session: Session, decision: Decision) -> Block | None:
    """Return the block with the social court, where the letter leads there."""
    if decision.ruling is None or law.RULINGS[decision.ruling].letter.value != "objection_ruling":
        return None
    found = queries.blocks_now(session).get(law.COURT_BLOCK)
    if found is None:
        raise InvalidInput(
            gettext(
                "Es fehlt der Textbaustein „%(key)s“ mit Name und Anschrift des Gerichts. Ohne ihn "
                "wäre die Belehrung falsch (§ 66 SGG). Die Teamleitung legt ihn an.",
                key=law.COURT_BLOCK,
            ),
            field="blocks",
        )
    return found


def content_of(session: Session, *, decision: Decision) -> dict[str, Any]:
    """Return what the letter says, as far as it can be said."""
    title = form_title(session, decision)
    return letters.content(decision, form=title, court=_court(session, decision))


def finish(session: Session, *, decision: Decision, by: StaffMember, now: datetime) -> bool:
    """Issue a decision, or hand it to a second person where the rules ask for one.

    Return whether the letter is on its way; `decision` is locked.
    """
    rules.check_can_edit(decision)
    check_ready(session, decision=decision, now=now)
    decision.release_why = rules.release_reasons(decision, today=clock.local_date(now))
    if not decision.release_why:
        _issue(session, decision, by=by, now=now)
        return True
    rules.check_transition(decision, DecisionState.SUBMITTED)
    decision.state, decision.submitted_at = DecisionState.SUBMITTED, now
    decision.editors = sorted({*decision.editors, str(by.id)})
    _record(session, "submitted", decision, by, now, why=decision.release_why)
    items.returned_is_done(session, decision, by=by, now=now)
    items.ask_for_release(session, decision, title=form_title(session, decision), now=now)
    return False


def release(session: Session, *, decision: Decision, by: StaffMember, now: datetime) -> None:
    """Release a decision of somebody else: its letter goes out; `decision` is locked."""
    rules.check_can_release(decision, by=by)
    check_ready(session, decision=decision, now=now)
    decision.released_by, decision.released_at = by, now
    _record(session, "released", decision, by, now)
    _issue(session, decision, by=by, now=now)


def send_back(
    session: Session, *, decision: Decision, why: str, by: StaffMember, now: datetime
) -> None:
    """Send a decision back to who prepared it, with a reason; nothing in it changes."""
    rules.check_can_release(decision, by=by)
    decision.state = DecisionState.DRAFT
    decision.returned_at, decision.returned_by_name, decision.returned_why = now, by.name, why
    _record(session, "sent_back", decision, by, now)
    items.release_is_done(session, decision, by=by, now=now)
    items.tell_returned(session, decision, title=form_title(session, decision), now=now)


def look_after(session: Session, *, decision: Decision, now: datetime) -> bool:
    """See that somebody who may release a waiting decision has its item; return if one was asked.

    `decision` is locked.
    """
    if decision.state is not DecisionState.SUBMITTED:
        return False
    title = form_title(session, decision)
    return items.look_after_release(session, decision, title=title, now=now)


def take_back(session: Session, *, decision: Decision, by: StaffMember, now: datetime) -> None:
    """Take a decision that waits for release back to the desk."""
    if decision.state is not DecisionState.SUBMITTED:
        raise Conflict(gettext("Diese Entscheidung liegt nicht zur Freigabe."))
    decision.state = DecisionState.DRAFT
    _record(session, "taken_back", decision, by, now)
    items.release_is_done(session, decision, by=by, now=now)


def discard(session: Session, *, decision: Decision, by: StaffMember, now: datetime) -> None:
    """Put a draft away for good; the application waits for another one."""
    rules.check_transition(decision, DecisionState.DISCARDED)
    decision.state = DecisionState.DISCARDED
    _record(session, "discarded", decision, by, now)
    items.returned_is_done(session, decision, by=by, now=now)


def _issue(session: Session, decision: Decision, *, by: StaffMember, now: datetime) -> None:
    if decision.ruling is None:
        raise NotFound
    rule, title = law.RULINGS[decision.ruling], form_title(session, decision)
    letter = postbox.write(
        session,
        case=decision.case,
        citizen=decision.citizen,
        kind=rule.letter,
        subject=letters.subject(decision, form=title),
        template=rule.template,
        version=rule.version,
        content=content_of(session, decision=decision),
        by=by,
        now=now,
        author=decision.prepared_by.name,
        signed_by=by.name,
        is_abroad=decision.is_abroad,
    )
    decision.letter, decision.issued_at, decision.issued_by_name = letter, now, by.name
    decision.state = DecisionState.ISSUED
    _record(
        session,
        "issued",
        decision,
        by,
        now,
        ruling=decision.ruling.value,
        letter=str(letter.id),
        way=letter.way.value,
    )
    items.release_is_done(session, decision, by=by, now=now)
    items.returned_is_done(session, decision, by=by, now=now)
    if rule.outcome is not None:
        applications_service.decide(
            session,
            application=decision.application,
            outcome=rule.outcome,
            note=None,
            by=by,
            now=now,
            is_told=letter.way is Way.PRINT,
        )
    if decision.award_from and decision.award_until and _is_award(session, decision):
        awards.set_award(
            session,
            case=decision.case,
            first=decision.award_from,
            last=decision.award_until,
            by=by,
            now=now,
        )
    if decision.objection is not None:
        decision.objection.state, decision.objection.ended_at = ObjectionState.ANSWERED, now


def _is_award(session: Session, decision: Decision) -> bool:
    """Tell whether a decision is on what is paid by the month; an objection to that is, too."""
    about: Application | None = decision.application
    if decision.objection is not None:
        about = queries.application_objected_to(session, decision.objection)
    return about is None or versions.form_of(session, application=about).effect == "month"


def record_view(session: Session, *, decision: Decision, by: StaffMember, now: datetime) -> None:
    """Write down that somebody of the office opened a decision, and why they could."""
    why = walls.why(session, case_id=decision.case_id, asker=by)
    _record(session, "viewed", decision, by, now, why=why.facts, owner=decision.citizen_id)


def application_for(session: Session, id: UUID, *, by: StaffMember) -> Application:
    """Return the application that a decision is to be made on."""
    return applications.application_for(session, id, asker=by)


def _record(
    session: Session, deed: str, decision: Decision, by: StaffMember, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        deed=f"decisions.{deed}",
        subject=("decision", decision.id),
        by=by,
        now=now,
        case_id=decision.case_id,
        **facts,
    )
