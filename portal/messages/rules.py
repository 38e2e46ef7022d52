"""Who answers a thread, who may do what in it and when: pure questions."""

from datetime import date, timedelta

from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.casefiles.models import Case, CaseMember
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from portal.messages.models import (
    NAME_LIMIT,
    SUBJECT_LIMIT,
    TEXT_LIMIT,
    EntryKind,
    TextBlock,
    Thread,
    Topic,
)

LONGEST_REPLY = timedelta(days=180)
EVENTS = frozenset(
    {EntryKind.NO_ANSWER, EntryKind.HANDED_OVER, EntryKind.CLOSED, EntryKind.REOPENED}
)
"""What has happened, as opposed to what was written."""

FOR_OFFICE = frozenset({EntryKind.REMARK, EntryKind.HANDED_OVER})
"""What citizens do not see: what colleagues say to each other."""


def officer_of(thread: Thread) -> StaffMember | None:
    """Return who answers: whom it was handed to, else the officer of the case for its topic.

    Needs `officer` and `case` with its officers loaded. Whoever has left answers nothing.
    """
    case = thread.case
    order = [case.benefit_officer, case.integration_officer]
    if thread.topic == Topic.WORK:
        order.reverse()
    return next((one for one in (thread.officer, *order) if one and one.is_active), None)


def check_text(text: str, *, field: str = "text") -> str:
    """Return a text as it is kept, or say what is wrong with it."""
    text = text.strip()
    if not text:
        raise InvalidInput(gettext("Schreiben Sie eine Nachricht."), field=field)
    if len(text) > TEXT_LIMIT:
        raise InvalidInput(gettext("Bitte schreiben Sie höchstens 4.000 Zeichen."), field=field)
    return text


def check_subject(subject: str) -> str:
    """Return a subject as it is kept, or say what is wrong with it."""
    subject = subject.strip()
    if not subject:
        raise InvalidInput(gettext("Sagen Sie kurz, worum es geht."), field="subject")
    if len(subject) > SUBJECT_LIMIT:
        raise InvalidInput(gettext("Bitte höchstens 120 Zeichen."), field="subject")
    return subject


def check_reply_by(day: date | None, *, today: date) -> None:
    """Ask whether somebody can reply until this day."""
    if day is not None and not today < day <= today + LONGEST_REPLY:
        raise InvalidInput(
            gettext("Der Tag muss nach heute liegen, höchstens ein halbes Jahr voraus."),
            field="reply_by",
        )


def check_member(case: Case, citizen_id: object) -> CaseMember:
    """Return the person of the case who is meant, or say that there is none."""
    for member in case.members:
        if member.citizen_id == citizen_id:
            return member
    raise NotFound


def check_writes(by: StaffMember) -> None:
    """Let those write to citizens whose work it is."""
    accounts.check(by, Right.WRITE_MESSAGES)


def check_is_open(thread: Thread) -> None:
    """Raise for a thread that was closed: it is opened again first."""
    if thread.closed_at is not None:
        raise Conflict(
            gettext(
                "%(name)s hat diese Unterhaltung abgeschlossen. Öffnen Sie sie zuerst wieder.",
                name=thread.closed_by_name or "",
            )
        )


def check_can_close(thread: Thread) -> None:
    """Let nobody close what still waits for an answer."""
    check_is_open(thread)
    if thread.waiting_since is not None:
        raise Conflict(
            gettext("Hier wartet noch eine Nachricht. Antworten Sie, oder sagen Sie: nicht nötig.")
        )


def check_waits(thread: Thread) -> None:
    """Raise unless a message waits for an answer."""
    if thread.waiting_since is None:
        raise Conflict(gettext("Hier wartet keine Nachricht mehr auf eine Antwort."))


def check_can_reopen(thread: Thread) -> None:
    """Raise unless the thread is closed."""
    if thread.closed_at is None:
        raise Conflict(gettext("Diese Unterhaltung ist schon offen."))


def may_be_given(to: StaffMember) -> bool:
    """Tell whether somebody is there and writes messages."""
    return to.is_active and accounts.can(to, Right.WRITE_MESSAGES)


def check_can_take(to: StaffMember, *, is_closed: bool) -> None:
    """Ask whether a colleague may be given a thread."""
    if not accounts.can(to, Right.WRITE_MESSAGES):
        raise NotAllowed(gettext("%(name)s schreibt keine Nachrichten.", name=to.name))
    if is_closed:
        raise NotAllowed(gettext("%(name)s darf an dieser Akte nicht arbeiten.", name=to.name))


def late_for(thread: Thread, *, today: date) -> date | None:
    """Return the day that was named for a reply, when it is over."""
    return thread.reply_by if thread.reply_by and thread.reply_by < today else None


# Text blocks


def check_name(name: str) -> str:
    """Return the name of a block as it is kept."""
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LIMIT:
        raise InvalidInput(gettext("Geben Sie einen kurzen Namen ein."), field="name")
    return name


def check_can_change(block: TextBlock, by: StaffMember) -> None:
    """Let one change the own blocks, and the lead those of the team."""
    if block.owner_id == by.id:
        return
    if block.team_id != by.team_id or not accounts.can(by, Right.SEE_TEAM):
        raise NotFound


def can_change(block: TextBlock, by: StaffMember) -> bool:
    """Tell whether a block can be changed by somebody."""
    try:
        check_can_change(block, by)
    except NotFound:
        return False
    return True


def check_team(by: StaffMember) -> None:
    """Let only the lead write blocks for the whole team."""
    if not accounts.can(by, Right.SEE_TEAM):
        raise InvalidInput(
            gettext("Bausteine für das Team schreibt die Teamleitung."), field="for_team"
        )
