"""The staff pages of trust: letters on paper, the counter, and who may enter."""

import io

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.audit.models import Event
from portal.identity.models import CodeLetter
from tests.client import PortalClient
from tests.factories import accounts, identity

LETTERS = "/amt/identitaet/briefe"
COUNTER = "/amt/identitaet/schalter"
PRINT = {**identity.FILE, "confirmed": "y"}
CARD = {
    "card": "identity_card",
    "birth_date": ["17", "4", "1992"],
    "customer_number": "123A456789",
    "confirmed": "y",
}


@pytest.fixture
def desk(session: Session, client: PortalClient) -> StaffMember:
    officer = identity.front_desk(session)
    client.sign_in(officer)
    session.commit()
    return officer


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session)


def test_the_letter_is_a_tagged_pdf_to_the_address_of_the_file(
    client: PortalClient, session: Session, desk: StaffMember, oksana: Citizen
) -> None:
    """Given a typed address and another in the file, the paper goes to the one in the file."""
    letter = identity.letter(session, oksana)
    session.commit()
    assert oksana.name in client.get(LETTERS).text
    page = client.get(f"{LETTERS}/{letter.id}").text
    assert "Gartenstraße 14, 35390 Lindenau" in page
    assert 'value="Gartenstraße 14"' not in page

    answer = client.post_form(f"{LETTERS}/{letter.id}", {**PRINT, "street": "Am Damm 3"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=Brief-mit-Code.pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    words = identity.words_of(answer.data)
    for expected in ("Am Damm 3", "35390 Lindenau", "123A456789", "/konto/identitaet", desk.name):
        assert expected in words
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert len(pdf.pages) == 1
        assert pdf.Root.MarkInfo.Marked
        with pdf.open_metadata() as about:
            assert str(about["pdfuaid:part"]) == "1"
    assert "Schon gedruckt" in client.get(f"{LETTERS}/{letter.id}").text
    assert "Am Damm 3" in client.get(f"{LETTERS}/{letter.id}").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_number", "12A456789"),
        ("customer_number", "１23A456789"),
        ("recipient", ""),
        ("recipient", "x" * 10_000),
        ("street", ""),
        ("postcode", "353901"),
        ("confirmed", ""),
    ],
)
def test_no_letter_leaves_with_half_an_address(
    client: PortalClient,
    session: Session,
    desk: StaffMember,
    oksana: Citizen,
    field: str,
    value: str,
) -> None:
    letter = identity.letter(session, oksana)
    session.commit()
    assert client.post_form(f"{LETTERS}/{letter.id}", {**PRINT, field: value}).status_code == 422
    session.refresh(letter)
    assert letter.code_hash is None


def test_what_is_typed_stays_text_on_the_paper(
    client: PortalClient, session: Session, desk: StaffMember, oksana: Citizen
) -> None:
    letter = identity.letter(session, oksana)
    session.commit()
    name = '<img src="http://127.0.0.1:9/x"> \u202eEve'
    answer = client.post_form(f"{LETTERS}/{letter.id}", {**PRINT, "recipient": name})
    assert answer.status_code == 200
    assert "<img src=" in identity.words_of(answer.data)


def test_a_letter_without_a_file_is_closed(
    client: PortalClient, session: Session, desk: StaffMember, oksana: Citizen
) -> None:
    letter = identity.letter(session, oksana)
    session.commit()
    assert client.post_form(f"{LETTERS}/{letter.id}/ablehnen").location == LETTERS
    assert oksana.name not in client.get(LETTERS).text.split("</h1>")[1]
    assert client.post_form(f"{LETTERS}/{letter.id}", PRINT).status_code == 409


def test_at_the_counter_from_the_number_to_the_link_and_back(
    client: PortalClient, session: Session, desk: StaffMember, oksana: Citizen
) -> None:
    phone = PortalClient(client.application, client.application.response_class)
    phone.sign_in(oksana)
    phone.post_form("/konto/identitaet/schalter")
    number = identity.number_on(phone.get("/konto/identitaet/schalter").text)

    account = client.post_form(COUNTER, {"said": number}).location
    assert oksana.name in client.get(account).text
    opened = session.scalars(select(Event).where(Event.deed == "identity.account_opened")).one()
    assert (opened.actor_id, opened.subject_id) == (str(desk.id), str(oksana.id))
    assert client.post_form(f"{account}/verknuepfen", CARD).location == account
    page = client.get(account).text
    assert "mit dem Ausweis am Schalter" in page
    assert "Verknüpfung aufheben" in page
    session.refresh(oksana)
    assert (oksana.level, oksana.customer_number) == (2, "123A456789")

    assert client.post_form(f"{account}/trennen", {"reason": ""}).status_code == 422
    assert client.post_form(f"{account}/trennen", {"reason": "Namensvetter"}).location == account
    session.refresh(oksana)
    assert oksana.level == 1
    deeds = list(session.scalars(select(Event.deed).order_by(Event.id)))
    assert [deed for deed in deeds if "linked" in deed] == ["identity.linked", "identity.unlinked"]


def test_a_number_that_is_taken_is_named_at_its_field(
    client: PortalClient, session: Session, desk: StaffMember, oksana: Citizen
) -> None:
    accounts.citizen(session, customer_number="123A456789")
    session.commit()
    answer = client.post_form(f"/amt/identitaet/konto/{oksana.id}/verknuepfen", CARD)
    assert answer.status_code == 409
    assert "gehört schon zu einem anderen Konto" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("card", "L01X00T47"), ("card", ""), ("birth_date", ["", "", ""]), ("confirmed", "")],
)
def test_without_a_look_at_the_card_nobody_is_linked(
    client: PortalClient,
    session: Session,
    desk: StaffMember,
    oksana: Citizen,
    field: str,
    value: object,
) -> None:
    path = f"/amt/identitaet/konto/{oksana.id}/verknuepfen"
    assert client.post_form(path, {**CARD, field: value}).status_code == 422
    session.refresh(oksana)
    assert oksana.level == 1


def test_an_unknown_account_gets_a_sentence(
    client: PortalClient, session: Session, desk: StaffMember
) -> None:
    answer = client.post_form(COUNTER, {"said": "nobody@example.org"})
    assert answer.status_code == 422
    assert "Dazu gibt es kein Konto" in answer.text


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.FRONT_DESK, Role.MAILROOM}])
def test_check_13_for_who_lacks_the_right_there_is_nothing(
    client: PortalClient, session: Session, oksana: Citizen, role: Role
) -> None:
    letter = identity.letter(session, oksana)
    client.sign_in(accounts.staff_member(session, role))
    session.commit()
    account = f"/amt/identitaet/konto/{oksana.id}"
    for path in (LETTERS, f"{LETTERS}/{letter.id}", COUNTER, account):
        assert client.get(path).status_code == 404
    for path in (f"{LETTERS}/{letter.id}", COUNTER, f"{account}/verknuepfen", f"{account}/trennen"):
        assert client.post_form(path, {**PRINT, **CARD, "said": "x"}).status_code == 404
    assert session.scalars(select(CodeLetter.code_hash)).one() is None


def test_check_13_citizens_find_no_office_here(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    client.sign_in(oksana)
    session.commit()
    assert client.get(LETTERS).status_code == 302
    assert client.get(LETTERS).location.startswith("/amt/anmelden")


def test_a_form_that_does_not_fit_the_account_is_refused_in_words(
    client: PortalClient, session: Session, desk: StaffMember, oksana: Citizen
) -> None:
    """Given two officers at one account, when the slower one sends, then there is a sentence."""
    page = f"/amt/identitaet/konto/{oksana.id}"
    answer = client.post_form(f"{page}/trennen")
    assert answer.status_code == 409
    assert "mit keiner Akte verknüpft" in answer.text
    oksana.customer_number = "123A456789"
    session.commit()
    answer = client.post_form(f"{page}/verknuepfen")
    assert answer.status_code == 409
    assert "schon mit einer Akte verknüpft" in answer.text
