"""Steps that the deeds on letters share: the trail, what a notice may say, the way to paper."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core import clock
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.postbox.models import Letter, PrintReason


def record(
    session: Session, deed: str, letter: Letter, by: Acting, now: datetime, **facts: Any
) -> None:
    """Write one deed on a letter into the trail of its case."""
    audit.record(
        session,
        deed=deed,
        subject=("letter", letter.id),
        by=by,
        now=now,
        case_id=letter.case_id,
        **facts,
    )


def notice_context(letter: Letter) -> dict[str, Any]:
    """Return what a notification may know: a name and where to read, never what about."""
    path = letter.notice_path or f"/postfach/{letter.id}"
    return {"name": letter.citizen.name, "path": path}


def ask_for_print(session: Session, *, letter: Letter, reason: PrintReason, now: datetime) -> None:
    """Put a letter before the office to be printed and posted."""
    letter.print_asked_at, letter.print_reason = now, reason
    record(session, "postbox.print_asked", letter, SYSTEM, now, reason=reason.value)
    open_print_item(session, letter, now=now)


_WHY = {
    PrintReason.NO_CONSENT: "Keine Einwilligung in Briefe im Portal.",
    PrintReason.NO_ADDRESS: "Keine E-Mail-Adresse und kein Handy bekannt.",
    PrintReason.BOUNCED: "Die Nachricht über den Brief kam nicht an.",
    PrintReason.NOT_VIEWED: "Der Brief im Portal wurde nicht geöffnet.",
    PrintReason.REPRESENTED: "Jemand vertritt die Person: ein Brief und die Kopie.",
    PrintReason.RETURNED: "Der Brief kam von der Post zurück: Er ist nicht bekannt gegeben."
    " Anschrift klären und auf den Umschlag schreiben.",
}


def open_print_item(session: Session, letter: Letter, *, now: datetime) -> None:
    """Put the work item on a letter that has a reason to be printed."""
    if letter.print_reason is None:
        return
    readers = [letter.content["recipient"], *letter.content.get("copies", ())]
    has_home = all(one["street"] and one["city"] for one in readers)
    missing = "" if has_home else " Die Anschrift fehlt: bitte zuerst klären."
    inbox.open_item(
        session,
        kind=ItemKind.LETTER_TO_PRINT,
        subject_id=letter.id,
        case_id=letter.case_id,
        title=letter.subject,
        person=letter.citizen.name,
        reason=_WHY[letter.print_reason] + missing,
        next_step="Brief drucken und abschicken",
        team_id=letter.case.team_id,
        assignee_id=None,
        due_on=clock.local_date(now),
        now=now,
    )
