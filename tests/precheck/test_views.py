"""The pages as somebody without account walks them: nothing is kept, nothing typed is lost."""

import html
import logging
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from portal.core import clock
from portal.precheck.answers import FRESH, Answers, PersonAnswers, opened, sealed
from tests.client import PortalClient
from tests.factories.precheck import FAMILY
from tests.queries import counted_queries

START = "/anspruch-pruefen"
SINGLE: dict[str, dict[str, Any]] = {
    "haushalt": {"age": "40", "partner": "nein", "children": "0"},
    "wohnen": {"rent": "400", "operating": "", "heating": "70,00", "past_grace": "nein"},
    "einkommen-1": {},
    "vermoegen": {"assets": "0"},
    "besonderes": {},
}


def walk(client: PortalClient, pages: dict[str, dict[str, Any]]) -> TestResponse:
    """Answer each page the walk leads to, as a browser does, up to the result."""
    address, answered = f"{START}/haushalt", []
    while (page := urlsplit(address).path.removeprefix(f"{START}/")) != "ergebnis":
        assert client.get(address).status_code == 200
        answer = client.post_form(address, pages[page])
        assert answer.status_code == 302, answer.text
        answered.append(page)
        address = answer.location
    assert answered == list(pages)
    return client.get(address)


def stand_of(address: str) -> str:
    """Return what an address carries."""
    return parse_qs(urlsplit(address).query)["stand"][0]


def at(client: PortalClient, where: str, answers: Answers) -> str:
    """Return the address of a page with these answers."""
    with client.application.app_context():
        return f"{START}/{where}?stand={sealed(answers, now=clock.now())}"


def text_of(page: TestResponse) -> str:
    """Return the words of a page."""
    words = html.unescape(re.sub(r"<[^>]+>", " ", page.text)).replace("\u00a0", " ")
    return " ".join(words.split())


def test_a_single_person_gets_an_estimate_and_a_way_to_apply(client: PortalClient) -> None:
    page = walk(client, SINGLE)
    said = text_of(page)
    assert "Sie können etwa 1.033 Euro im Monat bekommen." in said
    assert "Schätzung, keine Entscheidung" in said
    assert "563,00 €" in said
    assert "§ 20 SGB II" in said
    assert 'href="/sofortantrag"' in page.text


def test_a_family_is_asked_for_everybody(client: PortalClient) -> None:
    page = walk(
        client,
        {
            "haushalt": {"age": "38", "partner": "ja", "children": "2"},
            "alter": {"age_1": "36", "age_2": "5", "age_3": "10"},
            "wohnen": {"rent": "750", "heating": "120", "past_grace": "nein"},
            "einkommen-1": {"net": "1.441,84", "gross": "1.800"},
            "einkommen-2": {},
            "einkommen-3": {"child_benefit": "259"},
            "einkommen-4": {"child_benefit": "259"},
            "vermoegen": {"assets": "1.000"},
            "besonderes": {},
        },
    )
    said = text_of(page)
    assert "etwa 1.097 Euro" in said
    assert "Kinderzuschlag" in said
    assert "Wohngeld" in said
    assert "Kind 2 (10 Jahre)" in said
    assert "Frei: 10 % des Lohns von 1.000,00 € bis 1.500,00 €" in said


def test_child_benefit_of_minors_is_filled_in(client: PortalClient) -> None:
    asked = FAMILY.with_person(2, child_benefit=None).with_people(5).with_person(4, age=19)
    minor = client.get(at(client, "einkommen-3", asked)).text
    assert re.search(r'name="child_benefit"[^>]* value="259,00"', minor)
    grown = client.get(at(client, "einkommen-5", asked)).text
    assert re.search(r'name="child_benefit"[^>]* value=""', grown)
    assert 'name="in_training"' in grown
    assert 'name="net"' not in minor


def test_children_are_named_by_their_age(client: PortalClient) -> None:
    young = FAMILY.with_person(2, age=0).with_person(3, age=1)
    said = text_of(client.get(at(client, "ergebnis", young)))
    assert "Kind 1 (unter einem Jahr)" in said
    assert "Kind 2 (1 Jahr)" in said


def test_special_situations_raise_the_estimate(client: PortalClient) -> None:
    more = {"pregnant": ["0"], "participation": ["0"], "hot_water": "y"}
    said = text_of(walk(client, SINGLE | {"besonderes": more}))
    assert "Mehrbedarf: schwanger ab der 13. Woche (17 %)" in said
    assert "Mehrbedarf: Leistungen zur Teilhabe (35 %)" in said
    assert "Mehrbedarf: eigenes Warmwasser (2,3 %)" in said


def test_rent_above_the_limit_gives_a_range(client: PortalClient) -> None:
    high = {"rent": "900", "past_grace": "ja"}
    said = text_of(walk(client, SINGLE | {"wohnen": high}))
    assert "Sie können etwa 1.019 bis 1.463 Euro im Monat bekommen." in said
    assert "Ihre Miete liegt über der Grenze. Oft zählt sie trotzdem" in said


@pytest.mark.parametrize(
    "pages",
    [
        {"einkommen-1": {"benefits": "3.000"}},
        {"vermoegen": {"assets": "50.000"}},
        {"haushalt": {"age": "70", "partner": "nein", "children": "0"}},
    ],
)
def test_nobody_is_discouraged(client: PortalClient, pages: dict[str, Any]) -> None:
    page = walk(client, SINGLE | pages)
    said = text_of(page)
    assert 'href="/sofortantrag"' in page.text
    assert "Stellen Sie im Zweifel einen Antrag" in said or "Sie können etwa" in said
    for word in ("kein Anspruch", "keinen Anspruch", "abgelehnt", "nicht berechtigt"):
        assert word not in said


def test_the_result_leads_back_to_each_answer(client: PortalClient) -> None:
    page = client.get(at(client, "ergebnis", FAMILY))
    addresses = [
        html.unescape(found) for found in re.findall(r'href="([^"]+stand=[^"]+)"', page.text)
    ]
    assert [urlsplit(one).path.rpartition("/")[2] for one in addresses] == list(FAMILY.done)
    for one in addresses:
        assert client.get(one).status_code == 200


def test_one_changed_answer_leads_straight_to_the_result(client: PortalClient) -> None:
    answer = client.post_form(at(client, "wohnen", FAMILY), {"rent": "10", "past_grace": "nein"})
    assert urlsplit(answer.location).path == f"{START}/ergebnis"


def test_one_more_child_is_asked_for_and_the_others_stay(client: PortalClient) -> None:
    more = {"age": "38", "partner": "ja", "children": "3"}
    answer = client.post_form(at(client, "haushalt", FAMILY), more)
    assert urlsplit(answer.location).path == f"{START}/alter"
    assert 'value="36"' in client.get(answer.location).text
    ages = {"age_1": "36", "age_2": "5", "age_3": "10", "age_4": "16"}
    answer = client.post_form(answer.location, ages)
    assert urlsplit(answer.location).path == f"{START}/einkommen-1"
    assert 'value="1.441,84"' in client.get(answer.location).text


def test_a_wage_of_somebody_who_turns_out_to_be_a_child_does_not_count(
    client: PortalClient,
) -> None:
    worker = FAMILY.with_person(3, age=17, net=FAMILY.people[0].net)
    ages = {"age_1": "36", "age_2": "5", "age_3": "7"}
    answer = client.post_form(at(client, "alter", worker), ages)
    for page in ("einkommen-1", "einkommen-2", "einkommen-3", "einkommen-4"):
        assert urlsplit(answer.location).path == f"{START}/{page}"
        answer = client.post_form(answer.location, {})
    with client.application.app_context():
        told = opened(stand_of(answer.location), now=clock.now())
    assert told is not None
    assert told.people[3].net is None


def test_nobody_jumps_over_a_question(client: PortalClient) -> None:
    for page in ("wohnen", "besonderes", "ergebnis"):
        answer = client.get(f"{START}/{page}")
        assert urlsplit(answer.location or "").path in {f"{START}/haushalt", ""}
    assert client.get(f"{START}/einkommen-9").status_code == 404
    assert client.get(at(client, "einkommen-5", FAMILY)).status_code == 404


@pytest.mark.parametrize(
    ("where", "sent", "said"),
    [
        ("haushalt", {"age": "vierzig", "partner": "nein", "children": "0"}, "ganze Zahl"),
        ("haushalt", {"age": "-40", "partner": "nein", "children": "0"}, "ab 15 Jahren"),
        ("haushalt", {"age": "400", "partner": "nein", "children": "0"}, "ab 15 Jahren"),
        ("haushalt", {"age": "40", "partner": "nein", "children": "500"}, "bis zu 10 Kinder"),
        ("haushalt", {"age": "40", "partner": "vielleicht", "children": "0"}, "Antwort aus"),
        ("haushalt", {"age": "40", "children": "0"}, "Wählen Sie Ja oder Nein"),
        ("haushalt", {"age": "4" * 40, "partner": "nein", "children": "0"}, "ganze Zahl"),
        ("alter", {"age_1": "36", "age_2": "25", "age_3": "1"}, "von 0 bis 24"),
        ("alter", {"age_1": "14", "age_2": "2", "age_3": "1"}, "von 15 bis 120"),
        ("wohnen", {"rent": "-400", "past_grace": "nein"}, "Betrag in Euro"),
        ("wohnen", {"rent": "NaN", "past_grace": "nein"}, "Betrag in Euro"),
        ("wohnen", {"rent": "1e9", "past_grace": "nein"}, "Betrag in Euro"),
        ("wohnen", {"rent": "400000", "past_grace": "nein"}, "sehr hoch"),
        ("wohnen", {"rent": "", "past_grace": "nein"}, "Ohne Miete: 0"),
        ("einkommen-1", {"net": "2000", "gross": "1500"}, "Brutto ist nie weniger"),
        ("einkommen-1", {"gross": "1500"}, "auch den Lohn netto"),
        ("vermoegen", {"assets": "999999999"}, "sehr hoch"),
        ("vermoegen", {"assets": "viel"}, "Betrag in Euro"),
        ("besonderes", {"pregnant": ["7"]}, "Antwort aus"),
        ("besonderes", {"pregnant": ["2"]}, "Antwort aus"),  # a child of five
    ],
)
def test_what_cannot_be_is_said_in_german_and_what_was_typed_stays(
    client: PortalClient, where: str, sent: dict[str, Any], said: str
) -> None:
    answer = client.post_form(at(client, where, FAMILY), sent)
    assert answer.status_code == 422
    assert said in text_of(answer)
    for value in sent.values():
        if isinstance(value, str) and value:
            assert f'value="{value}"' in answer.text or value == "vielleicht"


def test_hostile_text_is_shown_as_text(client: PortalClient) -> None:
    sent = {"rent": '"><script>alert(1)</script>{{ 7*7 }}', "past_grace": "nein"}
    answer = client.post_form(at(client, "wohnen", FAMILY), sent)
    assert answer.status_code == 422
    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


@pytest.mark.parametrize("stand", ["x", "1.", "1.AAAA", "1." + "A" * 400, "ü€", "2.x", "0" * 9000])
def test_forged_answers_lead_to_the_beginning(client: PortalClient, stand: str) -> None:
    answer = client.get(f"{START}/wohnen", query_string={"stand": stand})
    assert answer.location == f"{START}?veraltet=1"
    assert "Bitte beginnen Sie noch einmal" in client.get(answer.location).text


def test_answers_are_forgotten_after_four_hours(client: PortalClient) -> None:
    address = at(client, "ergebnis", FAMILY)
    with time_machine.travel(clock.now() + FRESH - timedelta(minutes=1), tick=False):
        assert client.get(address).status_code == 200
    with time_machine.travel(clock.now() + FRESH + timedelta(seconds=1), tick=False):
        assert client.get(address).location == f"{START}?veraltet=1"


def test_answers_cannot_be_read_in_the_address(app: Flask) -> None:
    with app.app_context():
        stand = sealed(FAMILY, now=clock.now())
        assert opened(stand, now=clock.now()) == FAMILY
        changed = stand[:-3] + ("AAA" if stand[-3:] != "AAA" else "BBB")
        assert opened(changed, now=clock.now()) is None


def test_the_largest_household_fits_into_an_address(app: Flask) -> None:
    number = dict.fromkeys(("net", "gross", "benefits", "maintenance"), FAMILY.people[0].net)
    one = PersonAnswers(age=19, in_training=True, is_pregnant=True, in_participation=True, **number)
    done = tuple(f"einkommen-{count}" for count in range(1, 13))
    with app.app_context():
        stand = sealed(Answers(people=(one,) * 12, has_partner=True, done=done), now=clock.now())
    assert len(stand) < 1900  # as long as a path of the portal may be


def test_nothing_is_asked_of_the_database_and_nothing_is_logged(
    client: PortalClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    addresses = [at(client, page, FAMILY) for page in (*FAMILY.done, "ergebnis")]
    sent = {"csrf_token": client.csrf_token(), "rent": "4711,11", "past_grace": "nein"}
    with counted_queries() as asked:
        for address in addresses:
            assert client.get(address).status_code == 200
        assert client.post(at(client, "wohnen", FAMILY), data=sent).status_code == 302
    assert asked == []
    assert "4711" not in caplog.text
    assert "1441" not in caplog.text


def test_no_cookie_but_the_one_against_forged_forms(client: PortalClient) -> None:
    walk(client, SINGLE)
    with client.session_transaction() as cookie:
        assert set(cookie) <= {"csrf_token", "_fresh"}


def test_without_a_token_nothing_is_taken(client: PortalClient, app: Flask) -> None:
    answer = client.post(at(client, "wohnen", FAMILY), data={"rent": "1", "past_grace": "nein"})
    assert answer.status_code == 400


def test_the_start_page_and_the_help_lead_here(client: PortalClient) -> None:
    for page in ("/", "/hilfe"):
        assert f'href="{START}"' in client.get(page).text


def test_next_year_the_result_says_that_amounts_may_be_higher(client: PortalClient) -> None:
    now = clock.now()
    with time_machine.travel(now.replace(year=2027, month=1, day=4), tick=False):
        said = text_of(client.get(at(client, "ergebnis", FAMILY)))
    assert "Gerechnet ist mit den Beträgen von 2026. Neue Beträge können höher sein." in said
