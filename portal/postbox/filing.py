"""Putting a letter into the digital file as a tagged PDF, and sending it on its way."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.casefiles import service as casefiles
from portal.casefiles.models import DocumentKind
from portal.core import clock
from portal.postbox import law, paper, rules
from portal.postbox.models import Letter, PrintReason, Way
from portal.postbox.steps import ask_for_print, notice_context, open_print_item, record
from portal.representation import letters as mails


def file(session: Session, *, letter: Letter, now: datetime) -> None:
    """Put the PDF of a letter into the digital file and send the letter on its way."""
    document = casefiles.file_pdf(
        session,
        case=letter.case,
        owner=letter.citizen,
        kind=DocumentKind.LETTER,
        title=letter.subject,
        filename=f"brief-{letter.number}.pdf",
        content=paper.render(letter),
        by=SYSTEM,
        now=now,
    )
    letter.document_id = document.id
    letter.filed_at = now
    if letter.held_back_at is not None:
        return
    if letter.way is Way.PORTAL and _may_be_provided(letter, now=now):
        _provide(session, letter, now=now)
    elif letter.way is Way.PORTAL:  # the consent was taken back since the letter was written
        ask_for_print(session, letter=letter, reason=PrintReason.NO_CONSENT, now=now)
    else:
        open_print_item(session, letter, now=now)


def _may_be_provided(letter: Letter, *, now: datetime) -> bool:
    today = clock.local_date(now)
    return not law.KINDS[letter.kind].needs_consent or rules.carries(letter.consent, today=today)


def _provide(session: Session, letter: Letter, *, now: datetime) -> None:
    letter.provided_at = now
    sent = mails.send(
        session,
        citizen=letter.citizen,
        template=letter.notice,
        now=now,
        context=notice_context(letter),
        as_wished=False,
    )
    if not sent:  # the address has gone since the letter was written
        ask_for_print(session, letter=letter, reason=PrintReason.NO_ADDRESS, now=now)
        return
    letter.notification_id = sent[0].id
    record(session, "postbox.provided", letter, SYSTEM, now, notification=str(sent[0].id))
