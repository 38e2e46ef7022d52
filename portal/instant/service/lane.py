"""The place of a Sofortantrag in the inbox: on top when somebody is in need."""

from datetime import datetime
from uuid import UUID

from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.audit.models import Acting
from portal.casefiles import service as casefiles
from portal.core import clock
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.instant import rules, words
from portal.instant.models import InstantApplication

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


def clear(session: Session, *, application: InstantApplication, by: Acting, now: datetime) -> None:
    """Take it away: it is answered, or withdrawn."""
    inbox.close_items(session, kind=KIND, subject_id=application.id, by=by, now=now)
