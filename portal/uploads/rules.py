"""The law of uploads: how much may be on the way, how long it waits, which moves it may make."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.core.errors import Conflict, Expired, InvalidInput, TooLarge
from portal.papers.limits import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_PAGES,
    MAX_TOGETHER_BYTES,
    MAX_WAITING_BYTES,
    MAX_WAITING_FILES,
    Fault,
)
from portal.uploads import taking
from portal.uploads.models import Upload, UploadState
from portal.uploads.protocol import Announced, Malformed

LIFETIME = timedelta(hours=24)
"""So long an upload waits after the last that was heard of it."""

MAX_PIECES = 5000
"""So many pieces a file may come in: a line so bad that it needs more begins anew."""

BASKET = re.compile(r"[A-Za-z0-9_.:@-]{1,160}")

GONE = (
    "Diese Datei wartet nicht mehr: Sie war länger als einen Tag nicht abgegeben. Bitte wählen Sie "
    "die Datei noch einmal aus."
)
NOT_WAITING = (
    "Eine Ihrer Dateien ist nicht mehr da. Bitte sehen Sie die Liste durch und wählen Sie die Datei"
    " noch einmal aus."
)
NOT_READY = "„%(name)s“ ist noch nicht vollständig angekommen. Senden Sie die Datei zu Ende."
TOO_MANY_PIECES = (
    "Die Verbindung war für diese Datei zu schlecht. Entfernen Sie die Datei und beginnen Sie bei "
    "besserem Netz noch einmal."
)
OTHER_PLACE = "Die Datei geht an einer anderen Stelle weiter."


def check_can_begin(said: Announced, waiting: Sequence[Upload]) -> None:
    """Refuse what can be refused before a byte is sent; `waiting` is all that the person has."""
    if not BASKET.fullmatch(said.basket):
        raise Malformed
    name = taking.shown_name(said)
    if said.length == 0:
        raise taking.refusal(Fault.EMPTY, name)
    if said.length > MAX_FILE_BYTES:
        raise taking.refusal(Fault.TOO_LARGE, name)
    taking.check_name(said)
    beside = [
        one for one in waiting if one.basket == said.basket and one.state != UploadState.REFUSED
    ]
    if len(beside) >= MAX_FILES:
        raise taking.refusal(Fault.TOO_MANY_FILES)
    if sum(one.length for one in beside) + said.length > MAX_TOGETHER_BYTES:
        raise taking.refusal(Fault.TOO_LARGE_TOGETHER)
    if (
        len(waiting) >= MAX_WAITING_FILES
        or sum(one.length for one in waiting) + said.length > MAX_WAITING_BYTES
    ):
        raise taking.refusal(Fault.TOO_MUCH_WAITING)


def check_is_live(upload: Upload, *, now: datetime) -> None:
    """Refuse what has waited too long, though the clock has not taken it away yet."""
    if upload.expires_at <= now:
        raise Expired(GONE)


def check_can_go_on(upload: Upload, *, offset: int, length: int, now: datetime) -> None:
    """Refuse a part that does not begin where the file ends, or goes beyond its announced end."""
    check_is_live(upload, now=now)
    if offset != upload.file.size:
        raise Conflict(OTHER_PLACE)
    if offset + length > upload.length:
        raise TooLarge(taking.sentence(Fault.TOO_LARGE, taking.shown_name(upload)), field="files")


def check_pieces(count: int) -> None:
    """Refuse a file that comes in crumbs: each would be an object of the store."""
    if count >= MAX_PIECES:
        raise Expired(TOO_MANY_PIECES)


def check_can_hand_in(uploads: Sequence[Upload]) -> None:
    """Ask that each file was looked at and found good, and that they are not too much together."""
    for upload in uploads:
        name = taking.shown_name(upload)
        if upload.state == UploadState.RECEIVING:
            raise InvalidInput(NOT_READY % {"name": name}, field="files")
        if upload.fault is not None:
            raise taking.refusal(Fault(upload.fault), name, kind=upload.kind)
    if not uploads:
        raise taking.refusal(Fault.NOTHING_PICKED)
    if len(uploads) > MAX_FILES:
        raise taking.refusal(Fault.TOO_MANY_FILES)
    if sum(upload.length for upload in uploads) > MAX_TOGETHER_BYTES:
        raise taking.refusal(Fault.TOO_LARGE_TOGETHER)
    if sum(upload.page_count or 0 for upload in uploads) > MAX_PAGES:
        raise taking.refusal(Fault.TOO_MANY_PAGES, taking.shown_name(uploads[-1]))


def check_groups(groups: Sequence[Sequence[Upload]]) -> None:
    """Refuse to make one document of anything but photos."""
    for files in groups:
        for file in files:
            if len(files) > 1 and not (file.kind and file.kind.is_picture):
                raise taking.refusal(Fault.NOT_ONLY_PICTURES, file.filename)
