"""The citizen's pages of trust, as a browser without JavaScript shows them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.core import clock
from portal.identity.models import CodeLetter, CounterNumber
from tests.client import PortalClient
from tests.factories import accounts, identity

PAGE = "/konto/identitaet"
ADDRESS = {
    "birth_date": ["17", "4", "1992"],
    "street": "Gartenstraße 14",
    "postcode": "35390",
    "city": "Lindenau",
}


@pytest.fixture
def me(session: Session, client: PortalClient) -> Citizen:
    person = accounts.citizen(session)
    client.sign_in(person)
    session.commit()
    return person


def test_from_the_letter_to_the_linked_account(
    client: PortalClient, session: Session, me: Citizen
) -> None:
    """Given a new account, when the letter is asked for, printed and typed in, it is linked."""
    page = client.get(PAGE).text
    assert "Für Anträge, Unterlagen und Termine genügt Ihr Konto" in page
    assert "BundID" not in page
    assert client.get(f"{PAGE}/brief").status_code == 200
    assert client.post_form(f"{PAGE}/brief", ADDRESS).location == PAGE
    page = client.get(PAGE).text
    assert "Der Brief ist bestellt" in page
    assert 'name="code"' not in page

    letter = session.scalars(select(CodeLetter)).one()
    desk = accounts.staff_member(session, accounts.Role.MAILROOM)
    session.commit()
    staff = PortalClient(client.application, client.application.response_class)
    staff.sign_in(desk)
    from_paper = code_of(staff, letter)

    assert client.post_form(f"{PAGE}/code", {"code": from_paper}).location == PAGE
    page = client.get(PAGE).text
    assert "mit dem Code aus dem Brief" in page
    assert "123A456789" in page
    assert "Brief mit Code bestellen" not in page
    assert client.get("/konto").status_code == 200  # the same session goes on


def code_of(staff: PortalClient, letter: CodeLetter) -> str:
    """Print the letter and read its code off the page."""
    answer = staff.post_form(
        f"/amt/identitaet/briefe/{letter.id}", {**identity.FILE, "confirmed": "y"}
    )
    assert answer.mimetype == "application/pdf"
    found = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", identity.words_of(answer.data))
    assert found
    return found[0]


def test_the_third_way_is_shown_where_a_provider_is_configured(
    client: PortalClient, me: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = client.application.config["SETTINGS"]
    changed = settings.model_copy(update={"oidc_issuer": "https://id.example"})
    assert "begin_connecting" in " ".join(client.application.view_functions)
    assert "Weiter zu BundID" not in client.get(PAGE).text
    monkeypatch.setitem(client.application.jinja_env.globals, "settings", changed)
    assert "Weiter zu BundID" in client.get(PAGE).text


def test_a_wrong_code_says_how_many_tries_are_left_and_keeps_what_was_typed(
    client: PortalClient, session: Session, me: Citizen
) -> None:
    identity.printed(session, me)
    session.commit()
    answer = client.post_form(f"{PAGE}/code", {"code": "AAAA-BBBB"})
    assert answer.status_code == 422
    assert "Noch 4 Versuche" in answer.text
    assert 'value="AAAA-BBBB"' in answer.text
    for _ in range(3):
        client.post_form(f"{PAGE}/code", {"code": "AAAA-BBBB"})
    assert "gilt jetzt nicht mehr" in client.post_form(f"{PAGE}/code", {"code": "A"}).text
    assert client.post_form(f"{PAGE}/code", {"code": "AAAA-BBBB"}).status_code == 429
    assert session.scalars(select(CodeLetter.tries)).one() == 5
    assert "Der Code gilt nicht mehr" in client.get(PAGE).text


def test_a_second_letter_is_offered_after_three_days(
    client: PortalClient, session: Session, me: Citizen
) -> None:
    identity.letter(session, me)
    session.commit()
    assert "Einen neuen können Sie ab" in client.get(PAGE).text
    assert "unterwegs" in client.post_form(f"{PAGE}/brief", ADDRESS).text
    session.scalars(select(CodeLetter)).one().asked_at = clock.now() - timedelta(days=3)
    session.commit()
    assert client.post_form(f"{PAGE}/brief", ADDRESS).status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("birth_date", ["17", "4", "2092"]),
        ("birth_date", ["31", "2", "1990"]),
        ("street", " "),
        ("street", "x" * 10_000),
        ("postcode", "3539"),
        ("postcode", "٣٥٣٩٠"),
        ("city", ""),
    ],
)
def test_check_18_a_letter_is_asked_for_with_a_whole_address_only(
    client: PortalClient, session: Session, me: Citizen, field: str, value: object
) -> None:
    answer = client.post_form(f"{PAGE}/brief", {**ADDRESS, field: value, "level": "3"})
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(CodeLetter)) == 0


def test_check_18_extra_fields_change_nothing(
    client: PortalClient, session: Session, me: Citizen
) -> None:
    extra = {"level": "3", "customer_number": "123A456789", "citizen_id": "x", "tries": "-9"}
    assert client.post_form(f"{PAGE}/brief", {**ADDRESS, **extra}).status_code == 302
    session.refresh(me)
    assert (me.level, me.customer_number) == (1, None)


def test_the_number_for_the_counter_is_shown_for_ten_minutes(
    client: PortalClient, session: Session, me: Citizen
) -> None:
    assert client.get(f"{PAGE}/schalter").status_code == 404
    assert client.post_form(f"{PAGE}/schalter").location == f"{PAGE}/schalter"
    drawn = session.scalars(select(CounterNumber)).one()
    assert f"{drawn.number[:3]} {drawn.number[3:]}" in client.get(f"{PAGE}/schalter").text
    drawn.shown_at -= timedelta(minutes=11)
    drawn.expires_at -= timedelta(minutes=11)
    session.commit()
    page = client.get(f"{PAGE}/schalter").text
    assert "gilt nicht mehr" in page
    assert drawn.number[3:] not in page.split("</header>")[1].split("<footer")[0]


def test_nobody_who_acts_for_another_reaches_their_trust(client: PortalClient) -> None:
    """These are pages of the account itself; the answer to who may enter says so."""
    for rule in client.application.url_map.iter_rules():
        if rule.endpoint.startswith("identity."):
            assert client.application.view_functions[rule.endpoint].access.right == "account"
    assert client.get(PAGE).status_code == 302
