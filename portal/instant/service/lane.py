"""The place of a Sofortantrag in the inbox: on top when somebody is in need."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.audit.models import Acting
from portal.casefiles import service as casefiles
from portal.casefiles import unreached
from portal.core import clock
from portal.inbox import clocks
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.instant import queries, rules, words
from portal.instant.models import InstantApplication
from portal.notifications.models import Message

KIND = ItemKind.INSTANT_APPLICATION


def put_before_office(
    session: Session,
    *,
    application: InstantApplication,
    citizen: Citizen | None,
    now: datetime,
    land: str,
    reason: str | None = None,
) -> None:
    """Put it before the team of its file, else before the team that has most room.

    Where the file has an officer, it lies with that person. The words are for the office: German,
    whatever the language of the page it came from.
    """
    case = application.case
    with force_locale("de"):
        why_urgent = words.why_urgent(application.emergencies, application.answers["need"])
        inbox.open_item(
            session,
            kind=KIND,
            subject_id=application.id,
            case_id=application.case_id,
            title=f"Sofortantrag {application.number}",
            person=application.name,
            reason=reason or _reason(application, citizen),
            next_step=gettext("Ansehen und antworten"),
            team_id=_team_id(session, application),
            assignee_id=case.benefit_officer_id if case else None,
            due_on=rules.due_on(application.received_at, application.urgency, land=land),
            received_on=clock.local_date(application.received_at),
            urgency=application.urgency,
            urgency_reason=why_urgent,
            now=now,
        )


def _reason(application: InstantApplication, citizen: Citizen | None) -> str:
    how = "von einem Konto" if citizen else "ohne Anmeldung"
    return f"Sofortantrag, {how} gesendet, gilt ab {application.effective_from:%d.%m.%Y}."


def _team_id(session: Session, application: InstantApplication) -> UUID:
    if application.case is not None:
        return application.case.team_id
    team = casefiles.team_with_room(session)
    session.flush()  # a first team is only just made
    return team.id


def tell_connected(
    session: Session,
    *,
    application: InstantApplication,
    citizen: Citizen,
    fits: bool,
    now: datetime,
    land: str,
) -> None:
    """Bring the open item up to date; where account and file do not fit, open one."""
    if rules.can_settle(application):
        await_decision(session, application=application, now=now)  # it may lie in a file now
    if not fits:
        reason = (
            f"Mit dem Konto von {citizen.name} verbunden, das nicht zu dieser Akte gehört. "
            "Bitte prüfen."
        )
    elif rules.is_open(application):
        reason = f"Mit dem Konto von {citizen.name} verbunden."
    else:
        return
    put_before_office(
        session, application=application, citizen=citizen, now=now, land=land, reason=reason
    )


def await_decision(session: Session, *, application: InstantApplication, now: datetime) -> None:
    """Keep one that was answered before the office until it is decided: § 88 SGG counts on.

    It lies quietly until the alarm before the limit would come (`clocks.LIMIT_AHEAD`).
    """
    received_on = clock.local_date(application.received_at)
    limit_on = clocks.limit_on(ItemKind.INSTANT_UNDECIDED, received_on)
    with force_locale("de"):
        inbox.open_item(
            session,
            kind=ItemKind.INSTANT_UNDECIDED,
            subject_id=application.id,
            case_id=application.case_id,
            title=f"Sofortantrag {application.number}",
            person=application.name,
            reason=gettext("Beantwortet, aber nicht entschieden: Der Hauptantrag fehlt."),
            next_step=gettext("Hauptantrag holen oder entscheiden"),
            due_on=limit_on and limit_on - clocks.LIMIT_AHEAD,
            received_on=received_on,
            now=now,
            **_with_whom(session, application),
        )


def end_waiting(
    session: Session, *, application: InstantApplication, by: Acting, now: datetime, why: str
) -> None:
    """Take that away again: it is decided, taken up or taken back."""
    inbox.close_items(
        session,
        kind=ItemKind.INSTANT_UNDECIDED,
        subject_id=application.id,
        by=by,
        now=now,
        why=why,
    )


def clear(session: Session, *, application: InstantApplication, by: Acting, now: datetime) -> None:
    """Take it away: it is answered, or withdrawn."""
    inbox.close_items(session, kind=KIND, subject_id=application.id, by=by, now=now)


def tell_unreached(
    session: Session, *, application: InstantApplication, message: Message, now: datetime
) -> None:
    """Put a mail that did not arrive before whoever looks after it: an account it has none."""
    unreached.put_before_office(
        session,
        kind=ItemKind.INSTANT_UNREACHED,
        message=message,
        person=application.name,
        whereto=unreached.Whereto(case_id=application.case_id, **_with_whom(session, application)),
        now=now,
    )


class _Whom(TypedDict):
    team_id: UUID
    assignee_id: UUID | None


def _with_whom(session: Session, application: InstantApplication) -> _Whom:
    """Say who has it, or had it last; else the officer of the file."""
    last = queries.lane_of(session, application=application, even_finished=True)
    officer_id = application.case.benefit_officer_id if application.case else None
    if last is None:
        return {"team_id": _team_id(session, application), "assignee_id": officer_id}
    return {"team_id": last.team_id, "assignee_id": last.assignee_id or officer_id}
