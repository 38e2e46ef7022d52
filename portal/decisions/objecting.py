"""The deeds of objections: begin from a letter, receive what was sent, note the form, reinstate.

The text of an objection is the application `wid`. It is kept with its day, in time or not, in the
written form or not; what is missing is said at once (§ 84 SGG; § 36a SGB I).
"""

import contextlib
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import answering
from portal.applications import service as applications
from portal.applications.models import Application, Source
from portal.applications.places import Kept, Place
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import new_id
from portal.core.errors import Conflict, NotFound, PortalError
from portal.decisions import queries, rules
from portal.decisions.models import Objection, ObjectionAim, WrittenForm
from portal.postbox import arrivals
from portal.postbox import law as postbox_law
from portal.postbox.law import Remedy
from portal.postbox.models import Letter

FORM = "wid"
DATE, NUMBER, ARRIVED = "wid_decision_date", "wid_decision_number", "wid_arrived"
EID_LEVEL = 3
"""The level that replaces the written form (§ 36a (2a) SGB I, § 9a (5) OZG)."""


def can_object(letter: Letter) -> bool:
    """Tell whether a letter rules something that an objection can be raised against."""
    return postbox_law.KINDS[letter.kind].remedy is Remedy.OBJECTION


def begin(session: Session, *, letter: Letter, by: Citizen, now: datetime) -> Application:
    """Begin an objection to a letter, or go on with it; which decision is meant stands in it."""
    if not can_object(letter):
        raise Conflict(
            gettext("Gegen diesen Brief gibt es keinen Widerspruch. Am Ende des Briefs steht mehr.")
        )
    draft = applications.start(session, form=FORM, by=by, now=now)
    aim = queries.aim_of(session, application_id=draft.id)
    if aim == letter.id:
        return draft
    if aim is not None:
        raise Conflict(
            gettext(
                "Sie haben schon einen Widerspruch gegen einen anderen Bescheid angefangen. Er "
                "liegt unter „Anträge“. Senden Sie zuerst diesen."
            )
        )
    session.add(ObjectionAim(application_id=draft.id, letter_id=letter.id))
    known = {
        Place(DATE): Kept(clock.local_date(letter.written_at).isoformat(), Source.PROFILE),
        Place(NUMBER): Kept(letter.reference, Source.PROFILE),
    }
    answering.keep(session, application=draft, answers=known, now=now)
    _record(session, "begun", (draft.id, letter.case_id), by, now, letter=str(letter.id))
    return draft


def receive(session: Session, *, application: Application, now: datetime, land: str) -> Objection:
    """Write down that an objection came, with the deadline as it stands and why it is so.

    Does it say that the letter came later than by rule, the deadline is settled by that day first.
    """
    if application.case_id is None or application.submitted_at is None:
        raise NotFound
    aim = queries.aim_of(session, application_id=application.id)
    letter = queries.letter_objected_to(session, aim) if aim else None
    if letter is not None:
        _note_arrival(session, letter, application, now=now, land=land)
    until = letter.remedy_until if letter else None
    objection = Objection(
        id=new_id(),
        application=application,
        letter=letter,
        case=session.get_one(Case, application.case_id),
        citizen=application.citizen,
        received_at=application.submitted_at,
        until=until,
        reasoning=letter.deadline_reason if letter and until else None,
        answer_due_on=rules.answer_due_on(application.submitted_at),
    )
    session.add(objection)
    session.flush()  # one row for each; the trail follows
    _record(
        session,
        "received",
        (application.id, application.case_id),
        SYSTEM,
        now,
        until=until.isoformat() if until else None,
    )
    return objection


def _note_arrival(
    session: Session, letter: Letter, application: Application, *, now: datetime, land: str
) -> None:
    said = (application.sent_answers or {}).get(ARRIVED)
    if not said:
        return
    came = date.fromisoformat(str(said))
    # Abroad no day is known before it is said.
    if letter.counts_from is not None and came <= letter.counts_from:
        return
    # An impossible day moves nothing; it stays in the text of the objection.
    with contextlib.suppress(PortalError):
        arrivals.tell(
            session,
            letter=letter,
            arrived_on=came,
            words="Im Widerspruch gesagt.",
            by=application.citizen,
            now=now,
            land=land,
        )


def note_form(
    session: Session,
    *,
    objection: Objection,
    form: WrittenForm,
    on: date,
    by: StaffMember,
    now: datetime,
) -> None:
    """Note that the signed paper came, or that it was put on record at the office."""
    rules.check_can_note_form(objection, form, on, today=clock.local_date(now))
    _meet(session, objection, form, on, by=by, now=now)


def sign_by_eid(
    session: Session, *, objection: Objection, level: int, by: Citizen, now: datetime
) -> None:
    """Meet the written form by the electronic identity card: only the person, only with it."""
    if by.represented_by is not None or level < EID_LEVEL:
        raise Conflict(
            gettext(
                "Dafür müssen Sie sich selbst mit dem Online-Ausweis anmelden. Sie können den "
                "Widerspruch auch ausdrucken und unterschreiben."
            )
        )
    today = clock.local_date(now)
    rules.check_can_note_form(objection, WrittenForm.EID, today, today=today)
    _meet(session, objection, WrittenForm.EID, today, by=by, now=now)


def _meet(
    session: Session,
    objection: Objection,
    form: WrittenForm,
    on: date,
    *,
    by: Acting,
    now: datetime,
) -> None:
    objection.form, objection.form_met_on = form, on
    objection.form_noted_at, objection.form_noted_by_name = now, by.actor.name
    _record(
        session,
        "form_met",
        (objection.application_id, objection.case_id),
        by,
        now,
        form=form.value,
        on=on.isoformat(),
    )


def reinstate(
    session: Session,
    *,
    objection: Objection,
    is_reinstated: bool,
    why: str,
    by: StaffMember,
    now: datetime,
) -> None:
    """Answer whether a missed period is healed (§ 67 SGG), with the reason."""
    objection.is_reinstated, objection.reinstated_why = is_reinstated, why
    _record(
        session,
        "reinstated",
        (objection.application_id, objection.case_id),
        by,
        now,
        is_reinstated=is_reinstated,
    )


def _record(
    session: Session, deed: str, ids: tuple[UUID, UUID], by: Acting, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        deed=f"decisions.objection_{deed}",
        subject=("objection", ids[0]),
        by=by,
        now=now,
        case_id=ids[1],
        **facts,
    )
