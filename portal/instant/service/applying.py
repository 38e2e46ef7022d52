"""What applicants do: lodge, connect with an account, withdraw.

What is sent is sent once: the key of the form is unique. What was typed never changes afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.accounts.service.secrets import hash_of
from portal.audit import service as audit
from portal.audit.models import Acting, Actor
from portal.casefiles import queries as casefiles_queries
from portal.casefiles import receipt_codes, receipts, unreached
from portal.casefiles import service as casefiles
from portal.casefiles.lodgements import Lodgement
from portal.casefiles.models import CaseMember
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, Unavailable
from portal.instant import codes, jobs, papers, queries, rules
from portal.instant.models import Emergency, InstantApplication, InstantState
from portal.instant.service import lane
from portal.notifications import service as notifications
from portal.representation import letters

VERSION = 1
DRAWS = 20


class OtherContent(Conflict):
    """The form was sent before, with other words: the first application stands."""


@dataclass(frozen=True)
class Applicant:
    """Somebody who is not signed in; the trail keeps no name of a person whom nobody knows yet."""

    id: UUID

    @property
    def actor(self) -> Actor:
        """Return the values that the trail keeps."""
        return Actor("applicant", str(self.id), "Ohne Anmeldung")


def lodge(
    session: Session,
    *,
    key: UUID,
    typed: Mapping[str, Any],
    by: Citizen | None,
    now: datetime,
    land: str,
    language: str = "de",
) -> InstantApplication:
    """Take a Sofortantrag in, once for each `key`; a second sending returns the first.

    `typed` are the fields of the form, checked in shape. `by` is who is signed in, if anybody is.
    Raise `InvalidInput` for days that cannot be, `OtherContent` when the form was sent before with
    other words.
    """
    rules.check_birth_date(typed["birth_date"], now=now)
    if typed["later_from"]:
        rules.check_start(typed["later_from"], now=now)
    if typed["email"]:
        notifications.check_address(typed["email"])
    answers = rules.answers(typed)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(key), 0))))
    if known := queries.by_key(session, key):
        return _same(known, answers)
    application = _kept(session, key=key, answers=answers, chosen=typed["later_from"], now=now)
    doer = by or Applicant(application.id)
    if by is not None:
        application.lodgement.citizen_id = by.id
        _take_to_file_of(session, application, citizen=by, now=now)
    audit.record(
        session,
        deed="instant.received",
        subject=("instant_application", application.id),
        by=doer,
        now=now,
        case_id=application.case_id,
        number=application.lodgement.number,
        effective_from=application.effective_from,
        urgency=application.urgency,
        content_sha256=application.lodgement.content_sha256,
    )
    lane.put_before_office(session, application=application, citizen=by, now=now, land=land)
    _confirm(session, application, citizen=by, now=now, language=language)
    jobs.write_receipt.enqueue(session, application_id=str(application.id))
    return application


def _same(known: InstantApplication, answers: Mapping[str, Any]) -> InstantApplication:
    if known.answers != answers:
        raise OtherContent(
            gettext(
                "Aus diesem Formular haben Sie schon einen Sofortantrag gesendet. Er ist"
                " angekommen. Soll auch dieser hier gelten, senden Sie ihn bitte noch einmal."
            )
        )
    return known


def _kept(
    session: Session,
    *,
    key: UUID,
    answers: dict[str, Any],
    chosen: date | None,
    now: datetime,
) -> InstantApplication:
    code = codes.code_of(key)
    if code is None:
        raise Unavailable(gettext("Das geht gerade nicht. Bitte senden Sie noch einmal."))
    number = _free_number(session)
    effective_from = rules.effective_from(now, chosen=chosen)
    content = {
        "version": VERSION,
        "number": number,
        "at": receipts.written(now),
        "effective_from": effective_from.isoformat(),
        "answers": answers,
    }
    lodgement = Lodgement(
        id=new_id(),
        number=number,
        at=now,
        effective_from=effective_from,
        code_hash=hash_of(code),
        check_code=receipt_codes.draw(),
        content_sha256=receipts.digest(content),
    )
    application = InstantApplication(
        id=lodgement.id,
        key=key,
        content=content,
        urgency=rules.urgency([Emergency(word) for word in answers["emergencies"]]),
        state=InstantState.RECEIVED,
        changed_at=now,
        opened_case=False,
        lodgement=lodgement,
        case=None,
    )
    again = gettext("Das ist gerade zweimal angekommen. Bitte senden Sie noch einmal.")
    with lost_race(session, "uq_lodgements_number", again):
        session.add(application)
        session.flush()  # trail, inbox and receipt name the row
    return application


def _free_number(session: Session) -> str:
    for _ in range(DRAWS):
        number = codes.draw_number()
        if not queries.number_is_taken(session, number):
            return number
    raise Unavailable(gettext("Das geht gerade nicht. Bitte rufen Sie uns an."))


def _confirm(
    session: Session,
    application: InstantApplication,
    *,
    citizen: Citizen | None,
    now: datetime,
    language: str,
) -> None:
    """Write that something has arrived: no name, no need, no code; the address may be mistyped."""
    context = {"application": application}
    if citizen is not None:
        letters.send(
            session, citizen=citizen, template="instant_received", context=context, now=now
        )
    if (email := application.answers["email"]) and (citizen is None or email != citizen.email):
        notifications.send(
            session,
            template="instant_received",
            address=email,
            recipient_id=None,
            about=(unreached.ABOUT_INSTANT, application.id),
            now=now,
            context=context,
            language=language,
        )


def connect(
    session: Session, *, application: InstantApplication, by: Citizen, now: datetime, land: str
) -> None:
    """Bind it to the account of who has shown number and code, once.

    One without a file goes into the file of this person. Where the office has opened a file for it
    that nobody with an account belongs to, the person joins it; where it lies in another file, a
    human being has to look.
    """
    application = queries.to_change(session, application=application)
    rules.check_can_connect(application.lodgement, citizen_id=by.id)
    if application.lodgement.citizen_id == by.id:
        return
    application.lodgement.citizen_id = by.id
    application.changed_at = now
    fits = True
    if application.case_id is None:
        _take_to_file_of(session, application, citizen=by, now=now)
    else:
        fits = _join(session, application, citizen=by, now=now)
    audit.record(
        session,
        deed="instant.connected",
        subject=("instant_application", application.id),
        by=by,
        now=now,
        case_id=application.case_id,
        fits=fits,
    )
    papers.file_receipt(session, application=application, now=now)
    lane.tell_connected(session, application=application, citizen=by, fits=fits, now=now, land=land)


def _take_to_file_of(
    session: Session, application: InstantApplication, *, citizen: Citizen, now: datetime
) -> None:
    case = casefiles.case_for(session, citizen=citizen, now=now)
    application.case, application.case_id, application.person_id = case, case.id, citizen.id
    application.linked_at = now


def _join(
    session: Session, application: InstantApplication, *, citizen: Citizen, now: datetime
) -> bool:
    """Let the person belong to the file that was opened for the application; tell whether so."""
    own = casefiles_queries.case_of(session, asker=citizen)
    if own is not None:
        return own.id == application.case_id
    if not application.opened_case or application.case is None:
        return False
    application.case.members.append(CaseMember(citizen=citizen, joined_at=now))
    application.person_id = citizen.id
    session.flush()  # two at once: the constraint answers now
    return True


def withdraw(
    session: Session, *, application: InstantApplication, by: Acting, now: datetime
) -> None:
    """Take it back before anybody has answered."""
    application = queries.to_change(session, application=application)
    rules.check_transition(application, InstantState.WITHDRAWN)
    application.state = InstantState.WITHDRAWN
    application.lodgement.withdrawn_at = application.changed_at = now
    audit.record(
        session,
        deed="instant.withdrawn",
        subject=("instant_application", application.id),
        by=by,
        now=now,
        case_id=application.case_id,
    )
    lane.clear(session, application=application, by=by, now=now)
