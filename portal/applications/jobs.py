"""What the queue does for applications: write the receipt and put it into the file."""

from datetime import datetime, timedelta
from uuid import UUID

import segno
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer_group

from portal.applications import (
    correction_queries,
    ending,
    moving,
    queries,
    renewal,
    round_reminders,
    supplement_shown,
    times,
    wording,
)
from portal.applications.models import Application, ApplicationState, Supplement
from portal.audit.models import SYSTEM
from portal.casefiles import kinds
from portal.casefiles import service as casefiles
from portal.casefiles.models import DocumentKind, DocumentState
from portal.core import pdf
from portal.core.jobs import every, job

WAIT_FOR_PAGES = timedelta(seconds=5)
WAITS = 6


@job("applications.write_receipt")
def write_receipt(session: Session, *, now: datetime, application_id: str, waited: int = 0) -> None:
    """Write the receipt of a sent application once; wait a little until pages are counted."""
    application = _to_confirm(session, UUID(application_id))
    if application is None or application.case is None:
        return
    # Of what others of the household have handed in the receipt says nothing: it is not theirs.
    attachments = queries.attachments_of(
        session, application=application, asker=application.citizen
    )
    uncounted = [a for a in attachments if a.document.state is DocumentState.RECEIVED]
    if uncounted and waited < WAITS:
        later = now + WAIT_FOR_PAGES
        write_receipt.enqueue(session, at=later, application_id=application_id, waited=waited + 1)
        return
    sheet = queries.own_sheet_of(session, application=application)
    say = wording.german()
    handed_in = {attachment.requirement for attachment in attachments}
    handed_in |= queries.keys_of_others(session, application=application)
    needs = {need.key: say.need_title(sheet, need) for need in sheet.needs}
    content = pdf.render(
        "application_receipt",
        application=application,
        case=application.case,
        citizen=application.citizen,
        has_effect=sheet.form.effect == "month",
        form_title=say.text(sheet.form.title),
        parts=say.parts(sheet),
        attachments=attachments,
        kind_names=kinds.NAMES,
        missing=[title for key, title in needs.items() if key not in handed_in],
        code=code(application),
    )
    receipt = casefiles.file_pdf(
        session,
        case=application.case,
        owner=application.citizen,
        kind=DocumentKind.RECEIPT,
        title=f"Eingangsbestätigung {application.number}",
        filename=f"Eingangsbestaetigung-{application.number}.pdf",
        content=content,
        by=SYSTEM,
        now=now,
    )
    application.receipt_document_id = receipt.id


@job("applications.write_supplement_receipt")
def write_supplement_receipt(session: Session, *, now: datetime, supplement_id: str) -> None:
    """Write the receipt of a sent supplement once: each change before and after."""
    supplement = correction_queries.supplement_to_confirm(session, UUID(supplement_id))
    case = supplement.application.case if supplement else None
    if supplement is None or case is None:
        return
    application = supplement.application
    base = queries.sheet_of(session, application=application)
    say = wording.german()
    sent = queries.supplements_to(session, ids=[application.id])[application.id]
    told = supplement_shown.history(say, base, sent)
    own = next(one for one in told if one.supplement.id == supplement.id)
    content = pdf.render(
        "supplement_receipt",
        supplement=supplement,
        application=application,
        case=case,
        citizen=application.citizen,
        form_title=say.text(base.form.title),
        rows=own.rows,
        code=supplement_code(supplement),
    )
    receipt = casefiles.file_pdf(
        session,
        case=case,
        owner=application.citizen,
        kind=DocumentKind.RECEIPT,
        title=f"Eingangsbestätigung Nachtrag {supplement.number} zu {application.number}",
        filename=f"Eingangsbestaetigung-{application.number}-Nachtrag-{supplement.number}.pdf",
        content=content,
        by=SYSTEM,
        now=now,
    )
    supplement.receipt_document_id = receipt.id


@every("20 2 * * *", "applications.measure_times")
def measure_times(session: Session, *, now: datetime) -> None:
    """Compute every night how long decisions took lately."""
    times.measure(session, now=now)


@every("*/15 * * * *", "applications.move_drafts")
def move_drafts(session: Session, *, now: datetime) -> None:
    """Move drafts to the version of their form that is valid now, some at a time."""
    moving.move_all(session, now=now)


@every("40 6 * * *", "applications.remind_renewals")
def remind_renewals(session: Session, *, now: datetime) -> None:
    """Remind every morning of awards that end soon."""
    renewal.remind(session, now=now)


@every("45 6 * * *", "applications.remind_rounds")
def remind_rounds(session: Session, *, now: datetime) -> None:
    """Remind every morning of questions of the office that wait for an answer."""
    round_reminders.remind(session, now=now)


def _to_confirm(session: Session, id: UUID) -> Application | None:
    """Return the application if its receipt is still to be written, locked against a second run."""
    return session.scalar(
        select(Application)
        .where(
            Application.id == id,
            Application.state != ApplicationState.DRAFT,
            Application.receipt_document_id.is_(None),
        )
        .options(
            undefer_group("sent"),
            joinedload(Application.citizen),
            joinedload(Application.case),
        )
        .with_for_update(of=Application)
    )


def code(application: Application) -> Markup:
    """Draw the QR code of a receipt: number, time and hash, readable without a network."""
    return _drawn(application.number, application.submitted_at, application.content_sha256)


def supplement_code(supplement: Supplement) -> Markup:
    """Draw the QR code of the receipt of a supplement: its number stands after a slash."""
    number = f"{supplement.application.number}/{supplement.number}"
    return _drawn(number, supplement.sent_at, supplement.content_sha256)


def _drawn(number: str, moment: datetime | None, sha256: str | None) -> Markup:
    text = f"{number}\n{moment:%Y-%m-%dT%H:%M:%SZ}\n{sha256 or ''}"
    drawn = segno.make(text, error="m")
    words = gettext("QR-Code mit Nummer, Zeit und Prüfsumme dieser Eingangsbestätigung")
    return Markup(drawn.svg_inline(scale=2, border=2, title=words))  # noqa: S704 (our own)


@every("35 4-18 * * *", "applications.tell_ending_awards")
def tell_ending_awards(session: Session, *, now: datetime) -> None:
    """Put awards ahead that end without a renewal."""
    ending.tell(session, now=now)
