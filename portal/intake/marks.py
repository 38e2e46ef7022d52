"""The mark of a cover sheet: a signed QR code that finds its sheet, and that nobody can forge."""

from uuid import UUID

import segno
from itsdangerous import BadSignature
from markupsafe import Markup

from portal.core import crypto

PREFIX = "JC-DECKBLATT:"
PURPOSE = "cover sheet"


def written(sheet_id: UUID) -> str:
    """Return the words of the QR code of a cover sheet."""
    return f"{PREFIX}{crypto.signer(PURPOSE).dumps(sheet_id.hex)}"


def read(text: str) -> UUID | None:
    """Return the sheet that a QR code names; a strange or forged code names none."""
    if not text.startswith(PREFIX):
        return None
    try:
        return UUID(hex=crypto.signer(PURPOSE).loads(text.removeprefix(PREFIX)))
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None


def picture(sheet_id: UUID, *, title: str) -> Markup:
    """Draw the QR code large and with much redundancy: it is copied, faxed, scanned in grey."""
    drawn = segno.make(written(sheet_id), error="q")
    return Markup(drawn.svg_inline(scale=5, border=4, title=title))  # noqa: S704 (our own)
