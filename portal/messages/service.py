"""The verbs of threads: write, answer, hand over, close; each leaves its trail, item and message.

What the office has to do is one item for each thread (`ItemKind.MESSAGE`): it opens with the first
message that nobody has answered and closes with the answer. What a message is turned into stands in
`turning`, what goes along with one in `attaching`, the text blocks in `blocks`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.casefiles import service as casefiles
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import lost_race, new_id
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.messages import attaching, law, queries, rules
from portal.messages.attaching import NOTHING, Papers
from portal.messages.models import Entry, EntryKind, Side, Thread, Topic
from portal.office import queries as office
from portal.representation import letters as mails
from portal.uploads.models import Upload

ARRIVED = "message_arrived"
PATH = "/nachrichten"
SUBJECT = "thread"
SENT_TWICE = "Diese Nachricht ist schon angekommen."


# Citizens


def begin(
    session: Session,
    *,
    topic: Topic,
    subject: str,
    text: str,
    groups: Sequence[Sequence[Upload]] = (),
    key: UUID | None = None,
    by: Citizen,
    land: str,
    now: datetime,
) -> Thread:
    """Write to the office about something new; whoever has no case yet gets one."""
    subject, text = rules.check_subject(subject), rules.check_text(text)
    case = casefiles.case_for(session, citizen=by, now=now)
    thread = _open(session, case=case, citizen=by, topic=topic, subject=subject, by=by, now=now)
    _write_to_office(
        session, thread=thread, text=text, groups=groups, key=key, by=by, land=land, now=now
    )
    record(session, "messages.begun", thread, by, now, topic=topic.value)
    return thread


def reply(
    session: Session,
    *,
    thread: Thread,
    text: str,
    groups: Sequence[Sequence[Upload]] = (),
    key: UUID | None = None,
    by: Citizen,
    land: str,
    now: datetime,
) -> Entry:
    """Write into a thread; a closed one opens again, and what comes late is taken and dated."""
    text = rules.check_text(text)
    if thread.closed_at is not None:
        _reopen(session, thread=thread, by=by, side=Side.CITIZEN, now=now)
    made = _write_to_office(
        session, thread=thread, text=text, groups=groups, key=key, by=by, land=land, now=now
    )
    late = {"was_due_on": made.was_due_on} if made.was_due_on else {}
    record(session, "messages.written", thread, by, now, papers=len(made.papers), **late)
    return made


def _write_to_office(
    session: Session,
    *,
    thread: Thread,
    text: str,
    groups: Sequence[Sequence[Upload]],
    key: UUID | None,
    by: Citizen,
    land: str,
    now: datetime,
) -> Entry:
    today = clock.local_date(now)
    made = write(
        session,
        thread=thread,
        kind=EntryKind.MESSAGE,
        side=Side.CITIZEN,
        text=text,
        by=by,
        now=now,
        sent_key=key,
        was_due_on=rules.late_for(thread, today=today),
    )
    attaching.of_citizen(session, thread=thread, entry=made, groups=groups, by=by, now=now)
    sign = law.sign_in(f"{thread.subject}\n{text}")
    until = law.answer_by(today, land=land, urgent=sign is not None and sign.urgency > 1)
    thread.waiting_since = thread.waiting_since or now
    thread.answer_by = min(thread.answer_by or until, until)
    thread.reply_by = None
    reason = gettext("Neue Nachricht.")
    if made.was_due_on:
        reason = gettext("Antwort nach dem genannten Tag.")
    _put_before_the_office(session, thread=thread, reason=reason, sign=sign, now=now)
    return made


def _put_before_the_office(
    session: Session,
    *,
    thread: Thread,
    reason: str,
    now: datetime,
    sign: law.Sign | None = None,
    to: StaffMember | None = None,
) -> None:
    officer = to or rules.officer_of(thread)
    inbox.open_item(
        session,
        kind=ItemKind.MESSAGE,
        subject_id=thread.id,
        case_id=thread.case_id,
        title=thread.subject,
        person=thread.citizen.name,
        reason=reason,
        next_step=gettext("Antworten"),
        team_id=officer.team_id if officer else thread.case.team_id,
        assignee_id=officer.id if officer else None,
        due_on=thread.answer_by,
        urgency=sign.urgency if sign else 0,
        urgency_reason=str(sign.reason) if sign else None,
        now=now,
    )


# The office


def start(
    session: Session,
    *,
    case: Case,
    citizen: Citizen,
    topic: Topic,
    subject: str,
    text: str,
    reply_by: date | None = None,
    papers: Papers = NOTHING,
    key: UUID | None = None,
    by: StaffMember,
    land: str,
    now: datetime,
) -> Thread:
    """Write to a citizen of a case about something new; a mail says that there is something."""
    rules.check_writes(by)
    subject, text = rules.check_subject(subject), rules.check_text(text)
    thread = _open(
        session, case=case, citizen=citizen, topic=topic, subject=subject, by=by, now=now
    )
    thread.officer = by  # whoever begins is asked back
    answer(
        session,
        thread=thread,
        text=text,
        reply_by=reply_by,
        papers=papers,
        key=key,
        by=by,
        land=land,
        now=now,
    )
    return thread


def answer(
    session: Session,
    *,
    thread: Thread,
    text: str,
    reply_by: date | None = None,
    papers: Papers = NOTHING,
    key: UUID | None = None,
    by: StaffMember,
    land: str,
    now: datetime,
) -> Entry:
    """Write to the citizen; the item is done, and a mail says that there is something to read."""
    text = rules.check_text(text)
    rules.check_reply_by(reply_by, today=clock.local_date(now))
    unopened = queries.unopened_since(session, thread=thread)
    made = write_answer(
        session,
        thread=thread,
        kind=EntryKind.MESSAGE,
        text=text,
        by=by,
        land=land,
        now=now,
        sent_key=key,
        reply_by=reply_by,
    )
    thread.reply_by = reply_by
    attaching.of_office(session, thread=thread, entry=made, papers=papers, by=by, now=now)
    sent = [str(one.document_id) for one in made.papers]
    facts = {"documents": sent} if sent else {}
    record(session, "messages.answered", thread, by, now, reply_by=reply_by, **facts)
    mails.send(
        session,
        citizen=thread.citizen,
        template=ARRIVED,
        now=now,
        context={"name": thread.citizen.name, "path": f"{PATH}/{thread.id}"},
        about=(SUBJECT, thread.id),
        unopened_since=unopened,
    )
    return made


def remark(session: Session, *, thread: Thread, text: str, by: StaffMember, now: datetime) -> Entry:
    """Write something down for colleagues that the citizen does not see."""
    rules.check_writes(by)
    made = write(
        session,
        thread=thread,
        kind=EntryKind.REMARK,
        side=Side.OFFICE,
        text=rules.check_text(text, field="remark"),
        by=by,
        now=now,
    )
    record(session, "messages.remarked", thread, by, now)
    return made


def needs_no_answer(session: Session, *, thread: Thread, by: StaffMember, now: datetime) -> None:
    """Say that nothing more is to be written; whoever has asked can read that."""
    rules.check_writes(by)
    rules.check_waits(thread)
    if thread.last_side is Side.CITIZEN:
        kind, side = EntryKind.NO_ANSWER, Side.OFFICE
        write(session, thread=thread, kind=kind, side=side, text="", by=by, now=now)
    _done_waiting(session, thread=thread, by=by, now=now)
    record(session, "messages.needs_no_answer", thread, by, now)


def hand_over(
    session: Session,
    *,
    thread: Thread,
    to: StaffMember,
    note: str,
    by: StaffMember,
    land: str,
    now: datetime,
) -> None:
    """Give a thread to a colleague with a word; it lies in their inbox, waiting or not."""
    rules.check_writes(by)
    rules.check_is_open(thread)
    rules.check_can_take(to, is_closed=office.is_closed_to(session, to.id, case_id=thread.case_id))
    write(
        session,
        thread=thread,
        kind=EntryKind.HANDED_OVER,
        side=Side.OFFICE,
        text=note.strip(),
        by=by,
        now=now,
        to_name=to.name,
    )
    inbox.close_items(session, kind=ItemKind.MESSAGE, subject_id=thread.id, by=by, now=now)
    session.flush()  # one open item for each thread: the old one is closed before the new one
    thread.officer = to
    if thread.answer_by is None:
        thread.waiting_since = now
        thread.answer_by = law.answer_by(clock.local_date(now), land=land)
    reason = gettext("%(name)s hat es an Sie gegeben.", name=by.name)
    _put_before_the_office(session, thread=thread, reason=reason, to=to, now=now)
    record(session, "messages.handed_over", thread, by, now, to=to.id)


def close(session: Session, *, thread: Thread, by: StaffMember, now: datetime) -> None:
    """End a thread; whoever writes into it opens it again."""
    rules.check_writes(by)
    rules.check_can_close(thread)
    write(session, thread=thread, kind=EntryKind.CLOSED, side=Side.OFFICE, text="", by=by, now=now)
    thread.closed_at, thread.closed_by_name = now, by.name
    thread.reply_by = None
    record(session, "messages.closed", thread, by, now)


def reopen(session: Session, *, thread: Thread, by: StaffMember, now: datetime) -> None:
    """Open a closed thread again."""
    rules.check_writes(by)
    rules.check_can_reopen(thread)
    _reopen(session, thread=thread, by=by, side=Side.OFFICE, now=now)


def _reopen(session: Session, *, thread: Thread, by: Acting, side: Side, now: datetime) -> None:
    write(session, thread=thread, kind=EntryKind.REOPENED, side=side, text="", by=by, now=now)
    thread.closed_at = thread.closed_by_name = None
    record(session, "messages.reopened", thread, by, now)


# What both sides do


def note_seen(
    session: Session,
    *,
    thread: Thread,
    by: Citizen | StaffMember,
    now: datetime,
    up_to: UUID | None = None,
) -> None:
    """Write down that one side has seen what the other has written: a fact, written once.

    `up_to` names the last entry that an open page has shown; what came since then is still new.
    """
    side = Side.CITIZEN if isinstance(by, Citizen) else Side.OFFICE
    for entry in queries.unseen_entries(session, thread=thread, by=side, up_to=up_to):
        entry.seen_at, entry.seen_by_name = now, by.actor.name


def _open(
    session: Session,
    *,
    case: Case,
    citizen: Citizen,
    topic: Topic,
    subject: str,
    by: Citizen | StaffMember,
    now: datetime,
) -> Thread:
    thread = Thread(
        id=new_id(),
        case_id=case.id,
        citizen_id=citizen.id,
        topic=topic,
        subject=subject,
        opened_at=now,
        last_at=now,
        last_side=Side.CITIZEN if isinstance(by, Citizen) else Side.OFFICE,
    )
    session.add(thread)
    session.flush()  # entries, items and the trail need the row
    return queries.thread_for(session, thread.id, asker=by)


def write(
    session: Session,
    *,
    thread: Thread,
    kind: EntryKind,
    side: Side,
    text: str,
    by: Acting,
    now: datetime,
    **more: Any,
) -> Entry:
    """Put one entry at the end of a thread that is locked or new."""
    made = Entry(
        id=new_id(),
        thread_id=thread.id,
        position=queries.next_position(session, thread=thread),
        kind=kind,
        side=side,
        author_name=by.actor.name,
        text=text,
        at=now,
        **more,
    )
    made.papers = []
    with lost_race(session, "uq_thread_entries_sent_key", SENT_TWICE):
        session.add(made)
        session.flush()  # the key answers now
    if kind not in rules.FOR_OFFICE and kind not in rules.EVENTS:
        thread.last_at, thread.last_side = now, side
    return made


def write_answer(
    session: Session,
    *,
    thread: Thread,
    kind: EntryKind,
    text: str,
    by: StaffMember,
    land: str,
    now: datetime,
    **more: Any,
) -> Entry:
    """Put an entry that answers what waits: the item is done, how long it took is kept."""
    rules.check_writes(by)
    rules.check_is_open(thread)
    waited = None
    if thread.waiting_since is not None and thread.last_side is Side.CITIZEN:
        first, last = clock.local_date(thread.waiting_since), clock.local_date(now)
        waited = law.days_between(first, last, land=land)
    made = write(
        session,
        thread=thread,
        kind=kind,
        side=Side.OFFICE,
        text=text,
        by=by,
        now=now,
        waited_days=waited,
        **more,
    )
    _done_waiting(session, thread=thread, by=by, now=now)
    return made


def _done_waiting(session: Session, *, thread: Thread, by: StaffMember, now: datetime) -> None:
    thread.waiting_since = thread.answer_by = None
    inbox.close_items(session, kind=ItemKind.MESSAGE, subject_id=thread.id, by=by, now=now)


def record(
    session: Session, deed: str, thread: Thread, by: Acting, now: datetime, **facts: Any
) -> None:
    """Write one deed into the trail of the case, without a word of what was written."""
    audit.record(
        session,
        deed=deed,
        subject=(SUBJECT, thread.id),
        by=by,
        now=now,
        case_id=thread.case_id,
        owner=thread.citizen_id,
        **facts,
    )
