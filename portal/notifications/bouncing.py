"""Taking mails that come back: one that did not arrive is laid aside, and the office hears of it.

Where they come from: `portal mail-in` for mail servers that start a program, and a Maildir for
those that put files into a folder.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy.orm import Session

from portal.core.config import Settings
from portal.notifications import queries, return_path, returned
from portal.notifications.models import Message, MessageState
from portal.notifications.returned import LARGEST, Returned, Verdict

log = logging.getLogger(__name__)

# A server gives up after five days; what comes much later is a copy on its way round.
BELIEVED_FOR = timedelta(days=30)


def take(
    session: Session, *, raw: bytes, now: datetime, recipients: Sequence[str] = ()
) -> Message | None:
    """Read one mail and lay the message aside that it gives back; return it, if it is one.

    `recipients` are those of the envelope, where the mail server tells them. Only what names a
    message by our own signature counts; a mail that comes twice changes nothing the second time.
    """
    settings: Settings = current_app.config["SETTINGS"]
    found = returned.read(raw, own_domain=settings.mail_from.partition("@")[2])
    id = return_path.message_of([*recipients, *found.recipients], address=settings.bounce_address)
    if id is None or found.verdict is not Verdict.FAILED:
        log.info("a mail came back and says nothing that counts: %s", found.verdict)
        return None
    message = queries.sent_message(session, id)
    if message is None or not _is_in_time(message, now):
        return None
    bounced(message, found, now=now)
    return message


def bounced(message: Message, found: Returned, *, now: datetime) -> None:
    """Write down that a mail did not arrive.

    Who must act finds it by the state: the person's case (`casefiles.undelivered`), a letter that
    goes on paper (`postbox.following`), an appointment that nobody was told of.
    """
    message.state = MessageState.FAILED
    message.bounced_at = now
    message.failure = (found.reason or "came back without a reason")[:500]


def _is_in_time(message: Message, now: datetime) -> bool:
    return message.sent_at is not None and now - message.sent_at <= BELIEVED_FOR


def waiting(folder: Path, *, limit: int) -> Iterator[tuple[Path, bytes]]:
    """Yield what lies in the `new` of a Maildir, with its first bytes; links are not followed."""
    new = folder / "new"
    names = sorted(entry.name for entry in new.iterdir()) if new.is_dir() else []
    for name in names[:limit]:
        path = new / name
        try:
            opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            log.warning("a file of the Maildir cannot be read: %s", name)
            continue
        with os.fdopen(opened, "rb") as file:
            yield path, file.read(LARGEST)


def put_away(path: Path) -> None:
    """Move a mail that was read into `cur`, marked as seen (the Maildir format of qmail)."""
    cur = path.parent.parent / "cur"
    cur.mkdir(exist_ok=True)
    path.replace(cur / f"{path.name.partition(':')[0]}:2,S")
