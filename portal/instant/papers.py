"""The receipt of a Sofortantrag: a tagged PDF, written once, kept in the vault.

The code that only the applicant has does not stand on it: whoever gets the paper shown, a landlord
or a court, could take the application back with it. It carries a code of its own that proves only
that it is genuine.
"""

from datetime import datetime
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Citizen
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.casefiles import receipt_paper
from portal.casefiles import service as casefiles
from portal.casefiles.models import DocumentKind
from portal.core import pdf
from portal.core.vault import service as vault
from portal.instant import words
from portal.instant.models import InstantApplication


def write(session: Session, *, id: UUID, now: datetime) -> None:
    """Write the receipt, once; put it into the file where there is one."""
    application = session.scalar(
        select(InstantApplication)
        .where(InstantApplication.id == id, InstantApplication.receipt_file_id.is_(None))
        .options(joinedload(InstantApplication.case))
        .with_for_update(of=InstantApplication)
    )
    if application is None:
        return
    stored = vault.keep(session, holder=application.id, chunks=[render(application)], now=now)
    application.receipt_file_id = stored.id
    application.lodgement.receipt_sha256 = vault.sha256_of(stored)
    audit.record(
        session,
        deed="instant.receipt_written",
        subject=("instant_application", application.id),
        by=SYSTEM,
        now=now,
        case_id=application.case_id,
        receipt_sha256=application.lodgement.receipt_sha256,
    )
    file_receipt(session, application=application, now=now)


def render(application: InstantApplication) -> bytes:
    """Make the PDF from what was written down."""
    address = receipt_paper.address_of(application.lodgement.check_code)
    with force_locale("de"):  # it is a paper of the office, whatever the language of the screen
        return pdf.render(
            "instant_receipt",
            application=application,
            answers=application.answers,
            written_address=words.address_of(application.answers),
            emergencies=words.emergencies_of(application),
            check_address=address,
            qr=receipt_paper.qr_code(address),
        )


def file_receipt(session: Session, *, application: InstantApplication, now: datetime) -> None:
    """Put a copy of the receipt into the file once both are there, byte for byte."""
    if application.case is None or application.document_id is not None:
        return
    if application.receipt_file_id is None or application.person_id is None:
        return
    document = casefiles.file_pdf(
        session,
        case=application.case,
        owner=session.get_one(Citizen, application.person_id),
        kind=DocumentKind.RECEIPT,
        title=f"Sofortantrag {application.number}",
        filename=f"Sofortantrag-{application.number}.pdf",
        content=vault.read(session, application.receipt_file_id),
        by=SYSTEM,
        now=now,
    )
    application.document_id = document.id
