"""The second version of the renewal: what is known stands on cards, nothing of it is a gap."""

import re
import uuid
from datetime import date
from typing import Any

import pytest

from portal.applications import known, queries, renewal, rules, service, shelf, ways
from portal.applications.definitions import Form
from portal.applications.models import Source
from portal.applications.places import APPLICANT, Kept, Place, Value
from portal.applications.questions import (
    ChoiceQuestion,
    ChoicesQuestion,
    CountryQuestion,
    DateQuestion,
    DeclarationQuestion,
    GroupQuestion,
    MoneyQuestion,
    MonthQuestion,
    NumberQuestion,
    PersonQuestion,
    Question,
    YesNoQuestion,
)
from portal.applications.sheet import Sheet
from portal.casefiles import service as casefiles
from portal.casefiles.models import DocumentKind as Paper
from portal.core import clock
from portal.uploads import rules as uploads
from tests.factories.accounts import citizen
from tests.factories.applications import row

DAY = date(2026, 11, 27)
MAIN = shelf.shipped()["ha", 1]
RENEWAL = shelf.shipped()["wba", 2]
PETRO, DANYLO, MILA = row(1), row(2), row(3)

COUPLE_WITH_TWO_CHILDREN = {
    Place("first_name"): "Oksana",
    Place("last_name"): "Kovalenko",
    Place("birth_date"): "1992-03-27",
    Place("street"): "Lindenweg 4",
    Place("postcode"): "35390",
    Place("city"): "Lindenau",
    Place("lives_alone"): False,
    Place("member_first_name", PETRO): "Petro",
    Place("member_birth_date", PETRO): "1990-05-01",
    Place("member_relationship", PETRO): "partner",
    Place("member_first_name", DANYLO): "Danylo",
    Place("member_birth_date", DANYLO): "2016-02-03",
    Place("member_relationship", DANYLO): "child",
    Place("member_first_name", MILA): "Mila",
    Place("member_birth_date", MILA): "2021-09-20",
    Place("member_relationship", MILA): "child",
    Place("marital_status"): "married",
    Place("nationalities"): ["DE"],
    Place("housing_costs"): True,
    Place("tenure"): "rent",
    Place("cold_rent"): "640.00",
    Place("operating_costs"): "120.00",
    Place("heating_costs"): "95.00",
    Place("ek_kinds", None, APPLICANT): ["none"],
    Place("ek_kinds", None, PETRO): ["job"],
    Place("ek_job_employer", row(20), PETRO): "Bäckerei Sommer",
    Place("ek_job_net", row(20), PETRO): "1420.00",
    Place("ki_joint", None, DANYLO): True,
    Place("ki_joint", None, MILA): True,
    Place("ki_child_benefit", None, DANYLO): "259.00",
    Place("ki_child_benefit", None, MILA): "259.00",
}
NOTHING_NEW: dict[str, Value] = {
    "arrears": False,
    "unreported": False,
    "foreseeable": ["none"],
    "truth": True,
}
OF_THE_FILE = {Place("award_until"): Kept("2027-01-31", Source.PROFILE)}


def plain(question: Question) -> Any:  # noqa: C901 (one a type)
    """Return a plain answer: no, none of these, nought; the first of several otherwise."""
    match question:
        case YesNoQuestion():
            return False
        case DeclarationQuestion():
            return True
        case ChoiceQuestion():
            return question.options[0].id
        case ChoicesQuestion():
            alone = [option.id for option in question.options if option.exclusive]
            return [(alone or [question.options[0].id])[0]]
        case MoneyQuestion():
            return "0.00"
        case NumberQuestion():
            return max(question.minimum, 1)
        case DateQuestion():
            return "2020-01-01"
        case MonthQuestion():
            return "2026-01"
        case CountryQuestion():
            return ["DE"] if question.several else "DE"
        case PersonQuestion():
            return "applicant"
        case _:
            return "Text"


def complete(form: Form, told: dict[Place, Value]) -> Sheet:
    """Fill a form in until nothing is open."""
    answers = {place: Kept(value) for place, value in told.items()}
    for _ in range(400):
        sheet = Sheet(form, answers, day=DAY)
        if not sheet.gaps:
            return sheet
        for gap in sheet.gaps:
            question, place = gap.question, Place(gap.question.id, gap.row, gap.step.owner)
            assert not isinstance(question, GroupQuestion), f"{question.id} has no row"
            answers[place] = Kept(plain(question))
    raise AssertionError([gap.question.id for gap in sheet.gaps])


@pytest.fixture(scope="module")
def earlier() -> Sheet:
    return complete(MAIN, COUPLE_WITH_TWO_CHILDREN)


@pytest.fixture(scope="module")
def begun(earlier) -> Sheet:
    return Sheet(RENEWAL, known.carried(RENEWAL, earlier) | OF_THE_FILE, day=DAY)


def household_with(children: int) -> Sheet:
    """Fill in a main application of a couple with so many children, each born in another year."""
    told = dict(COUPLE_WITH_TWO_CHILDREN)
    for number in range(3, children + 1):
        told |= {
            Place("member_first_name", row(number + 1)): f"Kind {number}",
            Place("member_birth_date", row(number + 1)): f"{2012 + number}-05-01",
            Place("member_relationship", row(number + 1)): "child",
        }
    return complete(MAIN, told)


def renewed(earlier: Sheet) -> Sheet:
    return Sheet(RENEWAL, known.carried(RENEWAL, earlier) | OF_THE_FILE, day=DAY)


def asked(sheet: Sheet, told: dict[str, Value]) -> Sheet:
    return sheet.changed({Place(id): value for id, value in told.items()})


def test_only_what_is_new_is_a_gap(begun):
    assert {gap.question.id for gap in begun.gaps} == set(NOTHING_NEW)
    assert asked(begun, NOTHING_NEW).gaps == ()


def test_every_part_of_what_is_known_is_one_card(begun):
    cards = [part for shared in renewal.cards(begun) for part in shared]
    assert [(part.section.part or part.section.id, part.owner) for part in cards] == [
        ("about_you", None),
        ("household", None),
        ("kdu", None),
        ("ki", DANYLO),
        ("ki", MILA),
        ("ek", APPLICANT),
        ("ek", PETRO),
        *(("vm", one) for one in (APPLICANT, PETRO, DANYLO, MILA)),
        ("vm", None),
    ]
    open_on_cards = [gap for part in cards for step in part.steps for gap in begun.gaps_on(step)]
    assert open_on_cards == []


@pytest.mark.parametrize("children", [2, 3, 5])
def test_a_household_without_changes_sends_in_at_most_25_interactions(children):
    """Given a couple with 2, 3 or 5 children, when nothing has changed, then 25 taps are enough."""
    begun = renewed(household_with(children))
    cards = len(renewal.cards(begun))
    pages = {gap.step for gap in begun.gaps}
    answers_and_on = len(begun.gaps) + len(pages)
    begin, check_and_send = 1, 2
    assert begin + cards + answers_and_on + check_and_send <= 25


def test_a_renewal_is_known_to_the_next_one(begun):
    sent = asked(begun, NOTHING_NEW)
    again = Sheet(RENEWAL, known.carried(RENEWAL, sent) | OF_THE_FILE, day=DAY)
    assert {gap.question.id for gap in again.gaps} == set(NOTHING_NEW)


def test_papers_that_were_handed_in_are_not_asked_for_again(begun):
    sheet = asked(begun, NOTHING_NEW)
    assert {(need.requirement.kind, need.owner) for need in sheet.needs} == {
        (Paper.BANK_STATEMENTS, APPLICANT),
        (Paper.BANK_STATEMENTS, PETRO),
        (Paper.PAYSLIPS, PETRO),
    }


def test_an_unreported_change_is_asked_about_as_in_the_change_report(begun):
    told = NOTHING_NEW | {"unreported": True, "change_kinds": ["bank", "move"]}
    sheet = asked(begun, told)
    assert {gap.question.id for gap in sheet.gaps} == {
        *("iban", "account_holder", "account_from"),
        *("moved_on", "moved_with_assurance", "move_everybody"),
    }
    assert Paper.RENTAL_CONTRACT in {need.requirement.kind for need in sheet.needs}


@pytest.mark.parametrize(
    ("kind", "paper"),
    [
        ("rent", Paper.LANDLORD_CERTIFICATE),
        ("benefit", Paper.BENEFIT_NOTICE),
        ("assets", Paper.ASSET_PROOF),
        ("income", None),
        ("one_off", None),
    ],
)
def test_a_change_that_a_card_has_asked_about_only_asks_for_its_paper(begun, kind, paper):
    sheet = asked(begun, NOTHING_NEW | {"unreported": True, "change_kinds": [kind]})
    before = {need.key for need in asked(begun, NOTHING_NEW).needs}
    assert sheet.gaps == ()
    new = [need.requirement.kind for need in sheet.needs if need.key not in before]
    assert new == ([paper] if paper else [])


def test_a_threatened_home_goes_to_the_top(begun):
    told = {"arrears": True, "arrears_kinds": ["rent"], "arrears_threat": "eviction"}
    assert asked(begun, NOTHING_NEW | told).urgency[0] == 2


def test_who_is_self_employed_states_the_figures_of_the_new_period(begun):
    sheet = begun.changed({Place("ek_kinds", None, APPLICANT): ["self_employed"]})
    assert {owner for annex, owners in sheet.annexes for owner in owners if annex.id == "eks"} == {
        APPLICANT
    }


def test_the_first_version_stays_as_it_was_begun():
    first = shelf.shipped()["wba", 1]
    assert (first.valid_from, RENEWAL.valid_from) == (date(2026, 7, 1), date(2026, 11, 1))
    assert shelf.current("wba", date(2026, 10, 31)) == first
    assert shelf.current("wba", date(2026, 11, 1)) == RENEWAL


def test_the_known_account_of_the_landlord_is_no_other_account(earlier):
    landlord = {
        Place("kdu_pay_landlord"): True,
        Place("kdu_landlord_name"): "Wohnbau Lindenau",
        Place("kdu_landlord_iban"): "DE02120300000000202051",
    }
    paid = complete(MAIN, COUPLE_WITH_TWO_CHILDREN | landlord)
    sheet = Sheet(RENEWAL, known.carried(RENEWAL, paid) | OF_THE_FILE, day=DAY)
    assert sheet.answer("kdu_landlord_iban")
    assert not rules.changes_account(sheet)
    other = sheet.changed({Place("kdu_landlord_iban"): "DE89370400440532013000"})
    assert rules.changes_account(other)
    told = {"unreported": True, "change_kinds": ["bank"], "iban": "DE89370400440532013000"}
    assert rules.changes_account(asked(sheet, told))


ON_PAGE: dict[str, dict[str, Any]] = {
    "kdu-rueckstaende": {"arrears": "no"},
    "nicht-gemeldet": {"unreported": "no"},
    "absehbar": {"foreseeable": ["none"]},
    "erklaerung": {"truth": "y"},
}


@pytest.mark.parametrize("children", [2, 3, 5])
def test_the_way_from_start_to_sent_takes_at_most_25_taps(session, client, children):
    """Given a main application that was sent, when the renewal is begun, then it is only taps."""
    earlier = household_with(children)
    me = citizen(session)
    now = clock.now()
    case = casefiles.case_for(session, citizen=me, now=now)
    case.award_until = date(2027, 1, 31)
    main = service.begin(session, definition=MAIN, by=me, now=now)
    filled = queries.filled_for(session, main.id, asker=me)
    told: dict[Place, Value | None] = {place: kept.value for place, kept in earlier.kept.items()}
    service.save_answers(session, filled=filled, answers=told, by=me, now=now)
    service.submit(session, application=main, key=uuid.uuid4(), by=me, now=now)
    client.sign_in(me)
    session.commit()

    address = client.post_form("/antraege/neu/wba").location
    taps = 1  # “Antrag anfangen”
    location = f"{address}/karte/about_you"
    assert f'href="{location}"' in client.get(address).text
    taps += 1  # “Weiter” on the overview
    seen = []
    while "/unterlagen" not in location:
        assert client.get(location).status_code == 200, location
        answers = ON_PAGE.get(page := re.split(r"[/?]", location.removeprefix(address))[1], {})
        seen.append(page)
        named = re.findall(r'name="with" value="([^"]+)"', client.get(location).text)
        answer = client.post_form(location, answers | ({"with": named} if named else {}))
        assert answer.status_code == 302, location
        taps += len(answers) + 1
        location = answer.location
    assert seen.count("karte") == 10
    assert [page for page in seen if page != "karte"] == list(ON_PAGE)

    taps += 1  # “Weiter” under the papers, which may follow
    check = client.get(f"{address}/pruefen").text
    key = re.search(r'name="key"[^>]*value="([^"]+)"', check)
    assert key
    sent = client.post_form(f"{address}/senden", {"key": key[1]})
    taps += 1  # “Antrag jetzt senden”
    assert sent.location == f"{address}/gesendet"
    assert taps <= 25


def test_a_paper_of_a_job_of_a_person_has_a_basket_for_its_files(begun):
    """The longest keys name the person and the row; photos of such a paper must arrive too."""
    longest = max((need.key for need in begun.needs), key=len)
    assert longest.count("-") == 2
    for form in shelf.shipped().values():
        for requirement in form.requirements:
            key = f"{requirement.key}-{PETRO.hex}-{DANYLO.hex}"
            assert uploads.BASKET.fullmatch(f"antrag-{uuid.uuid4()}-{key}")


@pytest.fixture
def me(session):
    return citizen(session)


@pytest.fixture
def draft(session, client, me):
    """Begin the renewal of a couple with three children; return its address."""
    now = clock.now()
    casefiles.case_for(session, citizen=me, now=now).award_until = date(2027, 1, 31)
    main = service.begin(session, definition=MAIN, by=me, now=now)
    told: dict[Place, Value | None] = {
        place: kept.value for place, kept in household_with(3).kept.items()
    }
    filled = queries.filled_for(session, main.id, asker=me)
    service.save_answers(session, filled=filled, answers=told, by=me, now=now)
    service.submit(session, application=main, key=uuid.uuid4(), by=me, now=now)
    session.commit()
    client.sign_in(me)
    return client.post_form("/antraege/neu/wba").location


def section_of(client, draft) -> str:
    """Return the address of the card of the children about themselves."""
    page = client.get(draft).text
    found = re.search(rf'href="({draft}/karte/ki[^"?]*)\?fuer={DANYLO}"', page)
    assert found
    return found[1]


def test_several_children_stand_on_one_card(client, draft):
    """Given three children, when nothing has changed, then one card names them and asks once."""
    card = section_of(client, draft)
    page = client.get(f"{card}?fuer={DANYLO}").text
    assert re.search(r"<h1>Stimmt das noch bei Danylo[^,]*, Mila[^,]* und Kind 3[^,]*\?</h1>", page)
    assert page.count('name="with"') == 3
    assert "Bei einem Kind hat sich etwas geändert" in page
    named = re.findall(r'name="with" value="([^"]+)"', page)
    answer = client.post_form(f"{card}?fuer={MILA}", {"with": named})
    assert "/karte/" in answer.location
    assert card not in answer.location
    assert f"{card}?fuer=" not in client.get(draft).text


def test_one_child_has_changed_and_the_others_are_asked_again(session, app, client, me, draft):
    """Given the youngest has changed, when that is told, then the other two have a card."""
    card, youngest = section_of(client, draft), row(4)
    page = client.get(f"{card}/wer?fuer={DANYLO}").text
    assert "Bei wem hat sich etwas geändert?" in page
    location = re.search(rf'href="({draft}/[^"]*fuer={youngest})"', page)[1]
    assert "/karte/" not in location
    made = queries.open_draft(session, form="wba", asker=me)
    filled = queries.filled_for(session, made.id, asker=me)
    section = card.rpartition("/")[2]
    [part] = [
        one for one in filled.sheet.parts if (one.section.id, one.owner) == (section, youngest)
    ]
    told = {
        place: filled.sheet.kept[place].value
        for step in part.steps
        for place in filled.sheet.places_on(step)
    }
    saved = service.save_answers(session, filled=filled, answers=told, by=me, now=clock.now())
    with app.test_request_context():
        assert ways.after(saved, part.steps[-1]) == f"{card}?fuer={DANYLO}"
        assert ways.after(saved, part.steps[0]) != f"{card}?fuer={DANYLO}"
    session.commit()
    page = client.get(f"{card}?fuer={DANYLO}").text
    assert page.count('name="with"') == 2


def test_who_confirms_confirms_what_was_shown(client, draft):
    """Given a card of three, when only two were shown, then the third stays to be asked."""
    card = section_of(client, draft)
    client.post_form(f"{card}?fuer={DANYLO}", {"with": [str(DANYLO), str(MILA)]})
    page = client.get(draft).text
    assert f"{card}?fuer={row(4)}" in page
    assert f"{card}?fuer={MILA}" not in page
