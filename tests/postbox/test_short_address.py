"""The short address and its picture on paper: to the page where something can be done."""

import io

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.postbox import paper
from portal.postbox.models import Letter
from tests.client import PortalClient
from tests.factories import accounts, appointments
from tests.factories import invitations as called
from tests.factories import postbox as make
from tests.factories.appointments import NOW


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return make.known(session)


def pages(content: bytes) -> list[pypdfium2.PdfPage]:
    return list(pypdfium2.PdfDocument(io.BytesIO(content)))


def test_picture_and_words_name_the_same_address(session: Session, citizen: Citizen) -> None:
    letter = make.letter(session, citizen, now=NOW)
    found = pages(paper.render(letter))
    address = paper.address_of(letter)
    codes = [
        code.text
        for page in found
        for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    ]
    assert codes == [address]
    text = " ".join(page.get_textpage().get_text_range() for page in found)
    assert address.partition("://")[2] in text.replace("\r\n", "")
    assert len(address) < 60


def test_each_kind_leads_to_where_one_can_answer(
    client: PortalClient, session: Session, citizen: Citizen
) -> None:
    officer = appointments.officer(session)
    invited = called.invitation(session, citizen, officer)
    case = called.guest(session, citizen, officer, now=NOW).case
    heard = called.hearing(session, citizen, officer, case=case)
    summoned = called.summons(session, citizen, officer, case=case)
    session.flush()
    client.sign_in(citizen)
    for call, path in (
        (invited, f"/termine/einladungen/{invited.id}"),
        (heard, f"/anhoerungen/{heard.id}"),
        (summoned, f"/termine/meldeaufforderungen/{summoned.id}"),
    ):
        letter = session.get_one(Letter, call.letter_id)
        assert client.get(f"/brief/{letter.number}").location == path
        assert f'href="{path}"' in client.get(f"/postfach/{letter.id}").text


@pytest.mark.parametrize("number", ["1", "99999999999999999999", "0"])
def test_a_number_of_nobody_or_somebody_else_is_not_found(
    client: PortalClient, session: Session, citizen: Citizen, number: str
) -> None:
    letter = make.letter(session, citizen, now=NOW)
    client.sign_in(accounts.citizen(session))
    assert client.get(f"/brief/{letter.number}").status_code == 404
    assert client.get(f"/brief/{number}").status_code == 404


def test_whoever_is_not_signed_in_signs_in_first(
    client: PortalClient, session: Session, citizen: Citizen
) -> None:
    letter = make.letter(session, citizen, now=NOW)
    answer = client.get(f"/brief/{letter.number}")
    assert answer.status_code == 302
    assert "/anmelden" in answer.location
