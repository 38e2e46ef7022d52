"""Letters with a code for tests, asked for and printed through the real verbs."""

import re
from datetime import date, datetime

from pypdfium2 import PdfDocument
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.core import clock
from portal.identity import service
from portal.identity.models import CodeLetter
from tests.factories import accounts

BORN = date(1992, 4, 17)
FILE = {
    "customer_number": "123A456789",
    "recipient": "Oksana Kovalenko",
    "street": "Gartenstraße 14",
    "postcode": "35390",
    "city": "Lindenau",
}


def front_desk(session: Session) -> StaffMember:
    """Make somebody who may identify citizens."""
    return accounts.staff_member(session, Role.FRONT_DESK)


def letter(session: Session, person: Citizen, *, now: datetime | None = None) -> CodeLetter:
    """Ask for a letter."""
    return service.ask_for_letter(
        session,
        citizen=person,
        birth_date=BORN,
        street="Gartenstraße 14",
        postcode="35390",
        city="Lindenau",
        now=now or clock.now(),
    )


def printed(
    session: Session, person: Citizen, *, now: datetime | None = None, **file: str
) -> tuple[CodeLetter, str]:
    """Ask for a letter and print it; return it with its code."""
    asked = letter(session, person, now=now)
    code = service.print_letter(
        session,
        letter=asked,
        **{**FILE, **file},
        by=front_desk(session),
        now=now or clock.now(),
    )
    return asked, code


def words_of(paper: bytes) -> str:
    """Read the text of a PDF."""
    document = PdfDocument(paper)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def number_on(page: str) -> str:
    """Read the six digits off the page that a citizen shows at the counter."""
    found = re.search(r'class="big-code">([0-9]{3} [0-9]{3})<', page)
    assert found
    return found[1]
