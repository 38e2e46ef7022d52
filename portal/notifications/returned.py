"""Reading mails that come back: what a delivery status notification says (RFC 3464, RFC 6533).

Mail servers write these in every language, charset and encoding, and some break the rules. What
counts is three fields of the machine's part: action, status, and what the other server said. Nobody
answers here, so nothing can start a loop.
"""

import base64
import binascii
import contextlib
import itertools
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.parser import HeaderParser
from email.utils import getaddresses
from enum import StrEnum

LARGEST = 2_000_000  # bytes; the machine's part stands before the returned mail
_MOST_PARTS = 50
_MOST_BLOCKS = 50
_STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
_RECIPIENT_FIELDS = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class Verdict(StrEnum):
    """What a mail to the return path says of the message that it names."""

    FAILED = "failed"
    DELAYED = "delayed"
    ARRIVED = "arrived"
    AUTOMATIC = "automatic"
    OWN = "own"
    OTHER = "other"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Returned:
    """What a mail says, to whom it went, and why a message did not arrive."""

    verdict: Verdict
    recipients: Sequence[str] = ()
    reason: str = ""


def read(raw: bytes, *, own_domain: str) -> Returned:
    """Read one mail; whatever is in it, this returns.

    `own_domain` is that of our own `Message-ID`s: a mail of ours that comes back whole, forwarded
    by a server that cannot stop, says nothing.
    """
    try:
        return _read(message_from_bytes(raw[:LARGEST], policy=policy.compat32), own_domain)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return Returned(Verdict.UNREADABLE)  # what the parser of mails raises for broken ones


def _read(mail: Mail, own_domain: str) -> Returned:
    recipients = [
        address
        for field in _RECIPIENT_FIELDS
        for _, address in getaddresses([str(value) for value in mail.get_all(field, [])])
        if address
    ]
    blocks = list(itertools.islice(_blocks(mail), _MOST_BLOCKS))
    if blocks:
        return _of_blocks(blocks, recipients)
    if str(mail.get("Message-ID", "")).strip().casefold().endswith(f"@{own_domain.casefold()}>"):
        return Returned(Verdict.OWN, recipients)
    if _is_nobodys(mail) and (failed := mail.get("X-Failed-Recipients")):
        return Returned(Verdict.FAILED, recipients, _plain(f"X-Failed-Recipients: {failed}"))
    if _is_automatic(mail):
        return Returned(Verdict.AUTOMATIC, recipients)
    return Returned(Verdict.OTHER, recipients)


def _of_blocks(blocks: Sequence[Mail], recipients: Sequence[str]) -> Returned:
    """One failure counts more than any delay: each of our mails has one reader only."""
    actions = {_plain(str(block.get("Action", ""))).casefold(): block for block in blocks}
    if failed := actions.get("failed"):
        return Returned(Verdict.FAILED, recipients, _reason(failed))
    if "delayed" in actions:
        return Returned(Verdict.DELAYED, recipients, _reason(actions["delayed"]))
    if actions.keys() & {"delivered", "relayed", "expanded"}:
        return Returned(Verdict.ARRIVED, recipients)
    hard = [block for block in blocks if _status(block).startswith("5")]  # forgot the action
    return (
        Returned(Verdict.FAILED, recipients, _reason(hard[0]))
        if hard
        else Returned(Verdict.OTHER, recipients)
    )


def _reason(block: Mail) -> str:
    said = _plain(str(block.get("Diagnostic-Code", "")))
    said = re.sub(r"^smtp;\s*", "", said, flags=re.IGNORECASE)
    return " ".join(part for part in (_status(block), said) if part)[:500]


def _status(block: Mail) -> str:
    found = _STATUS.search(str(block.get("Status", "")))
    return found[0] if found else ""


def _is_nobodys(mail: Mail) -> bool:
    """Tell whether the mail has the empty envelope sender of what answers automatically."""
    return str(mail.get("Return-Path", "")).strip() in {"<>", ""}


def _is_automatic(mail: Mail) -> bool:
    """Tell whether a machine has written this: RFC 3834, and what came before it."""
    marked = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().casefold()
    bulk = str(mail.get("Precedence", "")).strip().casefold()
    return (
        marked != "no"
        or bulk in {"bulk", "junk", "list", "auto_reply"}
        or any(mail.get(field) for field in ("X-Autoreply", "X-Autorespond", "List-Id"))
        or str(mail.get("Return-Path", "")).strip() == "<>"
    )


def _blocks(mail: Mail) -> Iterator[Mail]:
    """Find the fields of each recipient in the machine's part, however it is encoded."""
    for part in itertools.islice(mail.walk(), _MOST_PARTS):
        if part.get_content_type() not in _STATUS_TYPES:
            continue
        for text in re.split(r"\n[ \t]*\n", _text_of(part)):
            block = HeaderParser(policy=policy.compat32).parsestr(text.lstrip("\n"))
            if block.get("Action") or block.get("Status"):
                yield block


def _text_of(part: Mail) -> str:
    """Return the body of a part as it was sent: Python takes it apart before it decodes it."""
    whole = part.as_bytes().replace(b"\r\n", b"\n")
    body = whole.partition(b"\n\n")[2]
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().casefold()
    if encoding == "base64":
        try:
            body = base64.b64decode(b"".join(body.split()))
        except binascii.Error:
            return ""
    elif encoding == "quoted-printable":
        body = quopri.decodestring(body)
    return _decoded(body, part.get_content_charset()).replace("\r\n", "\n")


def _decoded(body: bytes, charset: str | None) -> str:
    switches = b"\x1b" in body  # ISO 2022: its bytes would pass for plain ASCII
    for name in (charset or "", "utf-8") if switches else ("utf-8", charset or ""):
        try:
            return body.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("latin-1")


def _plain(text: str) -> str:
    """Return one line without control signs, with encoded words (RFC 2047) read."""
    with contextlib.suppress(LookupError, MessageError, ValueError):  # else as it stands
        text = str(make_header(decode_header(text)))
    text = text.encode("utf-8", "replace").decode("utf-8")  # bytes that the parser has kept aside
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
