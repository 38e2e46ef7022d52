"""What each room tells the time line. A function a room; which ones there are: `time_line.SOURCES`.

Each asks the database a fixed number of times, and lets through only what the asker may know.
"""

from collections.abc import Iterable
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts import rules as accounts
from portal.accounts.models import Right
from portal.applications import queries as applications_queries
from portal.applications import wording
from portal.applications.models import Application, ApplicationState, Supplement
from portal.appointments import queries as appointments_queries
from portal.appointments.contacts_forms import WAYS
from portal.appointments.contacts_models import NotedContact
from portal.appointments.forms import STATES, TONES
from portal.appointments.models import Booking, BookingState
from portal.calendars.forms import CHANNELS
from portal.casefiles import kinds
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Document, DocumentKind, EvidenceRequest, RequestState
from portal.casework.entries import Entry, EntryKind, Window
from portal.casework.forms import SCOPES
from portal.casework.models import CaseNote, ExpertQuestion
from portal.casework.pages import page
from portal.casework.queries import readable_notes
from portal.casework.shown import QUESTION_STATES
from portal.core.templating import day
from portal.messages.models import Entry as ThreadEntry
from portal.messages.models import EntryKind as ThreadEntryKind
from portal.messages.models import Side, Thread
from portal.postbox import rules as postbox_rules
from portal.postbox import shown as letters_shown
from portal.postbox.models import Letter


def applications(session: Session, window: Window) -> Iterable[Entry]:
    """Return what was sent, added, decided and withdrawn; few rows with several moments each."""
    if not accounts.can(window.asker, Right.PROCESS_APPLICATIONS):
        return
    found = session.scalars(
        select(Application)
        .where(Application.case_id == window.case.id, Application.state != ApplicationState.DRAFT)
        .options(joinedload(Application.citizen))
        .order_by(Application.submitted_at, Application.id)
        .limit(200)
    ).all()
    added = applications_queries.supplements_to(session, ids=[one.id for one in found])
    for one in found:
        name = _form_name(session, one)
        made: dict[str, Any] = {
            "kind": EntryKind.APPLICATION,
            "id": one.id,
            "href": page("staff_applications.show", window.asker, id=one.id),
        }
        if one.submitted_at:
            sent = gettext("%(name)s eingegangen", name=name)
            yield Entry(one.submitted_at, title=sent, who=one.citizen.name, **made)
        if one.decided_at and one.outcome:
            words, tone = str(wording.OUTCOME_WORDS[one.outcome]), "success"
            decided = gettext("%(name)s entschieden", name=name)
            yield Entry(one.decided_at, title=decided, status=words, tone=tone, **made)
        if one.withdrawn_at:
            back = gettext("%(name)s zurückgezogen", name=name)
            yield Entry(one.withdrawn_at, title=back, who=one.citizen.name, **made)
        for supplement in added.get(one.id, ()):
            yield from _supplement(supplement, name, window)


def _supplement(one: Supplement, name: str, window: Window) -> Iterable[Entry]:
    if one.sent_at:
        yield Entry(
            one.sent_at,
            EntryKind.APPLICATION,
            one.id,
            gettext("Nachtrag %(number)d zu: %(name)s", number=one.number, name=name),
            href=page("staff_corrections.supplement", window.asker, id=one.id),
            who=one.by_name,
        )


def _form_name(session: Session, one: Application) -> str:
    form = applications_queries.form_of(session, application=one)
    return wording.of_request().text(form.title) if form else one.form


def documents(session: Session, window: Window) -> Iterable[Entry]:
    """Return what came in, as far as the asker may read papers of that kind."""
    for one in session.scalars(
        select(Document)
        .where(
            Document.case_id == window.case.id,
            Document.merged_into_id.is_(None),
            Document.kind != DocumentKind.LETTER,  # letters tell of themselves
            casefiles.readable(window.asker),
            window.holds(EntryKind.DOCUMENT, Document.received_at, Document.id),
        )
        .options(joinedload(Document.owner))
        .order_by(Document.received_at.desc(), Document.id)
        .limit(window.limit)
    ):
        yield Entry(
            one.received_at,
            EntryKind.DOCUMENT,
            one.id,
            one.title,
            href=page("staff_casefiles.document", window.asker, id=one.id),
            who=gettext("Vom Jobcenter") if one.from_office else one.owner.name,
            status=None if one.from_office else str(kinds.word_of(one)),
            tone=kinds.tone_of(one),
        )


def requests(session: Session, window: Window) -> Iterable[Entry]:
    """Return what was asked for, with where it is now."""
    tones = {RequestState.OPEN: "warning", RequestState.ANSWERED: "info"}
    for one in session.scalars(
        select(EvidenceRequest)
        .where(
            EvidenceRequest.case_id == window.case.id,
            casefiles.answerable(window.asker),
            window.holds(EntryKind.REQUEST, EvidenceRequest.asked_at, EvidenceRequest.id),
        )
        .options(joinedload(EvidenceRequest.owner))
        .order_by(EvidenceRequest.asked_at.desc(), EvidenceRequest.id)
        .limit(window.limit)
    ):
        until = gettext("bis %(day)s", day=day(one.due_on)) if one.due_on else None
        yield Entry(
            one.asked_at,
            EntryKind.REQUEST,
            one.id,
            gettext("%(title)s angefordert", title=one.title),
            href=page("staff_casefiles_evidence.show", window.asker, id=one.id),
            text=" · ".join(part for part in (one.owner.name, until) if part),
            who=one.asked_by_name,
            status=str(REQUEST_STATES[one.state]),
            tone=tones.get(one.state, "neutral"),
        )


REQUEST_STATES: dict[RequestState, LazyString] = {
    RequestState.OPEN: lazy_gettext("Offen"),
    RequestState.ANSWERED: lazy_gettext("Beantwortet"),
    RequestState.SETTLED: lazy_gettext("Erledigt"),
    RequestState.WITHDRAWN: lazy_gettext("Zurückgenommen"),
}


def messages(session: Session, window: Window) -> Iterable[Entry]:
    """Return what was written to and fro; what it says stands in its thread."""
    if not accounts.can(window.asker, Right.WRITE_MESSAGES):
        return
    for one in session.scalars(
        select(ThreadEntry)
        .join(ThreadEntry.thread)
        .where(
            Thread.case_id == window.case.id,
            ThreadEntry.kind == ThreadEntryKind.MESSAGE,
            window.holds(EntryKind.MESSAGE, ThreadEntry.at, ThreadEntry.id),
        )
        .options(contains_eager(ThreadEntry.thread))
        .order_by(ThreadEntry.at.desc(), ThreadEntry.id)
        .limit(window.limit)
    ):
        came = one.side is Side.CITIZEN
        yield Entry(
            one.at,
            EntryKind.MESSAGE,
            one.id,
            gettext("Nachricht: %(subject)s", subject=one.thread.subject),
            href=page("staff_threads.show", window.asker, id=one.thread_id),
            who=one.author_name,
            status=gettext("Eingegangen") if came else gettext("Geschrieben"),
            tone="info" if came else "neutral",
        )


def letters(session: Session, window: Window) -> Iterable[Entry]:
    """Return what the office wrote, with where the delivery is and from when it counts."""
    for one in session.scalars(
        select(Letter)
        .where(
            Letter.case_id == window.case.id,
            window.holds(EntryKind.LETTER, Letter.written_at, Letter.id),
        )
        .options(joinedload(Letter.citizen))
        .order_by(Letter.written_at.desc(), Letter.id)
        .limit(window.limit)
    ):
        stand, counted = postbox_rules.stand_of(one), postbox_rules.delivery(one)
        counts = gettext("Bekannt gegeben: %(day)s", day=day(counted.day)) if counted else None
        yield Entry(
            one.written_at,
            EntryKind.LETTER,
            one.id,
            one.subject,
            href=page("staff_postbox.show", window.asker, id=one.id),
            text=" · ".join(part for part in (one.citizen.name, counts) if part),
            who=one.written_by_name,
            status=str(letters_shown.STANDS[stand]),
            tone=letters_shown.TONES[stand],
        )


def appointments(session: Session, window: Window) -> Iterable[Entry]:
    """Return the talks that were to be until now, each with its outcome."""
    for one in session.scalars(
        select(Booking)
        .where(
            Booking.case_id == window.case.id,
            Booking.state != BookingState.HELD,
            appointments_queries.visible_to(session, window.asker),
            window.holds(EntryKind.APPOINTMENT, Booking.starts_at, Booking.id),
        )
        .options(joinedload(Booking.citizen), joinedload(Booking.staff_member))
        .order_by(Booking.starts_at.desc(), Booking.id)
        .limit(window.limit)
    ):
        yield Entry(
            one.starts_at,
            EntryKind.APPOINTMENT,
            one.id,
            one.name,
            href=page("staff_appointments.show", window.asker, id=one.id),
            text=f"{one.citizen.name}, {CHANNELS[one.channel]}",
            who=one.staff_member.name,
            status=str(STATES[one.state]),
            tone=TONES[one.state],
        )


def contacts(session: Session, window: Window) -> Iterable[Entry]:
    """Return the contacts that were noted by hand."""
    if not accounts.can(window.asker, Right.MANAGE_APPOINTMENTS):
        return
    for one in session.scalars(
        select(NotedContact)
        .where(
            NotedContact.case_id == window.case.id,
            window.holds(EntryKind.CONTACT, NotedContact.at, NotedContact.id),
        )
        .order_by(NotedContact.at.desc(), NotedContact.id)
        .limit(window.limit)
    ):
        yield Entry(
            one.at, EntryKind.CONTACT, one.id, str(WAYS[one.way]), text=one.text, who=one.noted_by
        )


def notes(session: Session, window: Window) -> Iterable[Entry]:
    """Return the notes that the asker reads."""
    for one in session.scalars(
        select(CaseNote)
        .where(
            CaseNote.case_id == window.case.id,
            readable_notes(window.case, window.asker),
            window.holds(EntryKind.NOTE, CaseNote.written_at, CaseNote.id),
        )
        .order_by(CaseNote.written_at.desc(), CaseNote.id)
        .limit(window.limit)
    ):
        yield Entry(
            one.written_at,
            EntryKind.NOTE,
            one.id,
            gettext("Notiz"),
            href=page("staff_notes.edit", window.asker, case_id=window.case.id, id=one.id),
            text=one.text,
            who=f"{one.author_name}, {SCOPES[one.scope]}",
        )


def questions(session: Session, window: Window) -> Iterable[Entry]:
    """Return the questions to colleagues."""
    for one in session.scalars(
        select(ExpertQuestion)
        .where(
            ExpertQuestion.case_id == window.case.id,
            window.holds(EntryKind.QUESTION, ExpertQuestion.asked_at, ExpertQuestion.id),
        )
        .options(joinedload(ExpertQuestion.asked_by), joinedload(ExpertQuestion.member))
        .order_by(ExpertQuestion.asked_at.desc(), ExpertQuestion.id)
        .limit(window.limit)
    ):
        words, tone = QUESTION_STATES[one.state]
        yield Entry(
            one.asked_at,
            EntryKind.QUESTION,
            one.id,
            gettext("Fachfrage an %(whom)s", whom=one.asked_whom),
            href=page("staff_expert_questions.show", window.asker, id=one.id),
            text=one.question,
            who=one.asked_by.name,
            status=str(words),
            tone=tone,
        )
