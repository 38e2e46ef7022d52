"""The paper of a receipt: a tagged PDF with a QR code, written once and kept in the vault."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import segno
from flask import url_for
from flask_babel import force_locale, gettext
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.pages import base_url
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.casefiles import kinds
from portal.casefiles.models import DocumentKind, HandIn
from portal.core import pdf
from portal.core.vault import service as vault


def write(session: Session, *, id: UUID, now: datetime) -> None:
    """Write the receipt of a hand-in, once."""
    hand_in = session.scalar(
        select(HandIn)
        .where(HandIn.id == id, HandIn.receipt_file_id.is_(None))
        .options(joinedload(HandIn.owner), joinedload(HandIn.case))
        .with_for_update(of=HandIn, key_share=True)
    )
    if hand_in is None:
        return
    stored = vault.keep(session, holder=hand_in.case_id, chunks=[render(hand_in)], now=now)
    hand_in.receipt_file_id = stored.id
    hand_in.receipt_sha256 = vault.sha256_of(stored)
    audit.record(
        session,
        deed="casefiles.receipt_written",
        subject=("hand_in", hand_in.id),
        by=SYSTEM,
        now=now,
        case_id=hand_in.case_id,
        receipt_sha256=hand_in.receipt_sha256,
    )


def unwritten_since(session: Session, *, before: datetime, limit: int = 100) -> Sequence[UUID]:
    """Return hand-ins from before a moment whose receipt is still not written."""
    return session.scalars(
        select(HandIn.id)
        .where(HandIn.receipt_file_id.is_(None), HandIn.at < before)
        .order_by(HandIn.at, HandIn.id)
        .limit(limit)
    ).all()


def render(hand_in: HandIn) -> bytes:
    """Make the PDF from what the hand-in has written down; needs its owner and case loaded."""
    address = address_of(hand_in.code)
    with force_locale("de"):  # it is a paper of the office, whatever the language of the screen
        return pdf.render(
            "hand_in_receipt",
            hand_in=hand_in,
            listed=hand_in.manifest["documents"],
            citizen=hand_in.owner,
            case=hand_in.case,
            channel=kinds.CHANNELS[hand_in.channel],
            kind_names={kind.value: kinds.NAMES[kind] for kind in DocumentKind},
            check_address=address,
            qr=qr_code(address),
        )


def address_of(code: str) -> str:
    """Return the address at which anyone can check the receipt with this code."""
    return base_url() + url_for("receipts.check", code=code)


def qr_code(content: str) -> Markup:
    """Draw a QR code for a paper."""
    words = gettext("QR-Code mit der Adresse, unter der Sie diese Quittung prüfen können")
    drawn = segno.make(content, error="m")
    return Markup(drawn.svg_inline(scale=3, border=2, title=words))  # noqa: S704 (our own)
