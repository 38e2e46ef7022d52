"""The citizen's way through a form, in a browser without JavaScript."""

import io
import re
import uuid

import pytest
from sqlalchemy import func, select, text

from portal.applications import jobs, queries
from portal.applications.models import Answer, Application
from portal.core import clock
from tests.factories import applications as make
from tests.factories import papers
from tests.factories.accounts import citizen
from tests.queries import counted_queries

ANSWERS = {
    "person": {"first_name": "Oksana", "last_name": "Kovalenko", "birth_date": ["27", "3", "1992"]},
    "anschrift": {"street": "Lindenweg 4", "postcode": "35390", "city": "Lindenau", "phone": ""},
    "bewilligung": {"award_until": ["31", "12", "2026"], "unit_number": ""},
    "haushalt": {"lives_alone": "yes"},
    "haushalt-aenderungen": {"household_changes": ["none"]},
    "umzug": {"moved": "no"},
    "wohnkosten-aenderung": {"housing_costs_changed": "no"},
    "abrechnung": {"utility_statement": "none"},
    "rueckstaende": {"arrears": "no"},
    "einkommen": {"income_kinds": ["none"]},
    "guthaben": {"assets_accounts": "320,50", "assets_savings": "0"},
    "vermoegen": {"asset_kinds": ["none"]},
    "freibetrag": {"assets_above_allowance": "below"},
    "nicht-gemeldet": {"unreported": "no"},
    "absehbar": {"foreseeable": ["none"]},
    "konto": {"bank_changed": "no"},
    "krankenversicherung": {"insurance_changed": "no"},
    "erklaerung": {"truth": "y"},
}
MEMBER = {
    "member_first_name": "Danylo",
    "member_last_name": "Kovalenko",
    "member_birth_date": ["3", "9", "2016"],
    "member_relationship": "partner",
}


@pytest.fixture
def me(session, client):
    person = citizen(session)
    client.sign_in(person)
    session.commit()
    return person


@pytest.fixture
def draft(session, me, client):
    """Begin a draft and give back its address."""
    return client.post_form("/antraege/neu/probe").location


@pytest.fixture
def finished(session, me):
    """Make a draft in which nothing is missing, and give back its address."""
    made = make.draft(session, me, make.NOTHING_CHANGED)
    address = f"/antraege/{made.id}"
    session.commit()
    return address


def page_of(location):
    return location.rpartition("/")[2].partition("?")[0]


def key_on(client, address):
    return re.search(r'name="key"[^>]*value="([^"]+)"', client.get(f"{address}/pruefen").text)[1]


def send(client, address):
    return client.post_form(f"{address}/senden", {"key": key_on(client, address)})


def photo(**size):
    return io.BytesIO(papers.picture(**size)), "foto.jpg", "image/jpeg"


# The whole way


def test_the_whole_way_from_start_to_receipt(client, me, session):
    assert "Anfangen" in client.get("/antraege/neu/probe").text
    address = client.post_form("/antraege/neu/probe").location
    assert "0 von" in client.get(address).text

    location, visited = f"{address}/person", []
    while page_of(location) != "unterlagen":
        page = page_of(location)
        visited.append(page)
        assert client.get(location).status_code == 200
        answer = client.post_form(location, ANSWERS[page])
        assert answer.status_code == 302, page
        location = answer.location
    assert visited == list(ANSWERS)

    assert "Kontoauszüge der letzten drei Monate" in client.get(location).text
    check = client.get(f"{address}/pruefen").text
    assert "320,50" in check
    assert "Antrag jetzt senden" in check

    answer = send(client, address)
    assert answer.location == f"{address}/gesendet"
    page = client.get(f"{address}/gesendet").text
    assert "Ihr Antrag ist angekommen" in page
    assert "wird erstellt" in page

    application = queries.latest_of(session, asker=me)
    jobs.write_receipt(session, now=clock.now(), application_id=str(application.id))
    session.commit()
    assert "Eingangsbestätigung (PDF) speichern" in client.get(f"{address}/gesendet").text
    status = client.get(address).text
    assert "Eingegangen" in status
    assert "320,50" in status


def test_nothing_changed_takes_few_steps():
    """Eighteen pages, then papers, check and send: below the bar of 25 (DESIGN: renewal)."""
    assert len(ANSWERS) + 3 <= 25


# One page


def test_an_error_keeps_what_was_typed_and_what_was_right(client, draft, session):
    typed = {"first_name": "Oksana", "last_name": "", "birth_date": ["31", "2", "1992"]}
    answer = client.post_form(f"{draft}/person", typed)
    assert answer.status_code == 422
    assert 'value="31"' in answer.text
    assert 'href="#birth_date"' in answer.text
    assert 'href="#last_name"' in answer.text
    assert "<title>Fehler:" in answer.text
    kept = dict(session.execute(select(Answer.question_id, Answer.value)).all())
    assert kept["first_name"] == "Oksana"
    assert "birth_date" not in kept


def test_saving_for_later_demands_nothing(client, draft):
    answer = client.post_form(f"{draft}/person", {"first_name": "Oksana", "then": "later"})
    assert answer.location == draft
    assert 'value="Oksana"' in client.get(f"{draft}/person").text
    assert "Angefangen" in client.get(draft).text


def test_saving_for_later_still_says_what_cannot_be_kept(client, draft):
    answer = client.post_form(f"{draft}/guthaben", {"assets_accounts": "viel", "then": "later"})
    assert answer.status_code == 422
    assert 'value="viel"' in answer.text


def test_autosave_keeps_what_is_right_without_a_page(client, draft):
    typed = {"assets_accounts": "320,50", "assets_savings": "x"}
    answer = client.post_form(f"{draft}/guthaben/merken", typed)
    fields = answer.json["fields"]
    assert fields["assets_accounts"]["state"] == "saved"
    assert fields["assets_savings"]["state"] == "error"
    assert "Betrag" in fields["assets_savings"]["words"]
    page = client.get(f"{draft}/guthaben").text
    assert 'value="320,50"' in page
    assert 'value="x"' not in page


def test_fields_that_are_not_on_the_page_are_ignored(client, draft, session):
    client.post_form(f"{draft}/haushalt", {"lives_alone": "yes", "iban": "DE1", "state": "decided"})
    assert session.scalars(select(Answer.question_id).where(Answer.source == "typed")).all() == [
        "lives_alone"
    ]


def test_a_page_that_is_not_asked_is_not_there(client, draft):
    for page in ("miete", "haushalt-personen", "nichts"):
        assert client.get(f"{draft}/{page}").status_code == 404
        assert client.post_form(f"{draft}/{page}", {"cold_rent": "1"}).status_code == 404


def test_what_does_not_fit_any_more_is_set_aside_and_said(client, draft):
    client.post_form(f"{draft}/konto", {"bank_changed": "yes"})
    client.post_form(
        f"{draft}/konto-angaben",
        {"iban": "DE02120300000000202051", "account_holder": "Oksana Kovalenko"},
    )
    client.post_form(f"{draft}/konto", {"bank_changed": "no"})
    overview = client.get(draft).text
    assert "2 frühere Angaben passen nicht mehr" in overview
    assert "Auf welches Konto sollen wir zahlen? – IBAN" in overview
    client.post_form(f"{draft}/konto", {"bank_changed": "yes"})
    assert "DE02120300000000202051" in client.get(f"{draft}/konto-angaben").text


# Lists


def new_row(client, draft):
    page = client.get(f"{draft}/haushalt-personen").text
    return re.search(r'href="([^"]+/eintrag/[^"]+)"', page)[1]


def test_people_are_added_changed_and_removed(client, draft):
    client.post_form(f"{draft}/haushalt", {"lives_alone": "no"})
    first = new_row(client, draft)
    assert client.get(first).status_code == 200
    for _ in range(2):  # a second click on the same page is the same person
        answer = client.post_form(first, MEMBER)
        assert answer.location == f"{draft}/haushalt-personen"
    page = client.get(answer.location).text
    assert page.count("Danylo Kovalenko</span>") == 3  # the entry, and hidden words of two links

    client.post_form(first, MEMBER | {"member_first_name": "Ivan"})
    assert "Ivan Kovalenko" in client.get(f"{draft}/haushalt-personen").text
    client.post_form(f"{first}/entfernen")
    page = client.get(f"{draft}/haushalt-personen").text
    assert "„Ivan Kovalenko“ ist entfernt." in page
    assert "Noch nichts eingetragen." in page


def test_an_answer_that_opens_a_question_asks_it_on_the_same_page(client, draft):
    client.post_form(f"{draft}/haushalt", {"lives_alone": "no"})
    row = new_row(client, draft)
    answer = client.post_form(row, MEMBER | {"member_relationship": "child"})
    assert answer.location == row
    page = client.get(row).text
    assert "Dazu haben wir noch eine Frage." in page
    assert "member_school" in page
    child = MEMBER | {"member_relationship": "child", "member_school": "yes"}
    assert client.post_form(row, child).location == f"{draft}/haushalt-personen"
    assert "Schulbescheinigung für Danylo" in client.get(f"{draft}/unterlagen").text


def test_a_list_without_an_entry_says_so(client, draft):
    client.post_form(f"{draft}/haushalt", {"lives_alone": "no"})
    answer = client.post_form(f"{draft}/haushalt-personen")
    assert answer.status_code == 422
    assert "Tragen Sie mindestens einen Eintrag ein." in answer.text
    later = client.post_form(f"{draft}/haushalt-personen", {"then": "later"})
    assert later.location == draft


def test_an_unfinished_entry_says_so(client, draft):
    client.post_form(f"{draft}/haushalt", {"lives_alone": "no"})
    row = new_row(client, draft)
    answer = client.post_form(row, {"member_first_name": "Danylo"})
    assert answer.status_code == 422
    assert 'value="Danylo"' in answer.text
    answer = client.post_form(f"{draft}/haushalt-personen")
    assert "Ein Eintrag ist noch nicht vollständig." in answer.text


# Checking and sending


def test_a_change_from_the_check_page_leads_back_there(client, finished):
    assert f"{finished}/haushalt?nach=pruefen" in client.get(f"{finished}/pruefen").text
    answer = client.post_form(f"{finished}/haushalt?nach=pruefen", {"lives_alone": "yes"})
    assert answer.location == f"{finished}/pruefen"


def test_a_change_that_opens_questions_asks_them_first(client, finished):
    answer = client.post_form(f"{finished}/konto?nach=pruefen", {"bank_changed": "yes"})
    assert answer.location == f"{finished}/konto-angaben?nach=pruefen"
    typed = {"iban": "DE02120300000000202051", "account_holder": "Oksana"}
    assert client.post_form(answer.location, typed).location == f"{finished}/pruefen"


def test_what_is_missing_is_named_and_not_sent(client, draft, session):
    page = client.get(f"{draft}/pruefen").text
    assert "Antworten fehlen noch" in page
    assert "Antrag jetzt senden" not in page
    answer = client.post_form(f"{draft}/senden", {"key": str(uuid.uuid4())})
    assert answer.status_code == 422
    assert session.scalar(select(Application.state)) == "draft"


def test_a_double_click_sends_once(client, finished, session):
    key = key_on(client, finished)
    for _ in range(2):
        answer = client.post_form(f"{finished}/senden", {"key": key})
        assert answer.location == f"{finished}/gesendet"
    mails = text("SELECT count(*) FROM messages WHERE template = 'application_sent'")
    assert session.scalar(mails) == 1


def test_a_forged_key_does_no_harm(client, finished):
    answer = client.post_form(f"{finished}/senden", {"key": "' OR 1=1 --"})
    assert answer.location == f"{finished}/gesendet"


def test_what_is_sent_is_shown_and_not_changed(client, finished):
    send(client, finished)
    for page in ("person", "pruefen"):
        assert client.get(f"{finished}/{page}").location == finished
    assert client.post_form(f"{finished}/umzug", {"moved": "yes"}).status_code == 409
    assert "So haben Sie den Antrag gesendet" in client.get(finished).text


def test_a_sent_application_can_be_withdrawn(client, finished):
    send(client, finished)
    assert "wirklich zurückziehen" in client.get(f"{finished}/zurueckziehen").text
    client.post_form(f"{finished}/zurueckziehen")
    assert "Zurückgezogen" in client.get(finished).text
    assert client.post_form(f"{finished}/zurueckziehen").status_code == 409


# Papers


def test_papers_are_handed_in_and_never_hold_it_up(client, finished):
    page = client.get(f"{finished}/unterlagen").text
    assert "Reiche ich nach" in page
    upload = {"files": [photo()], "together": "y"}
    answer = client.post_form(
        f"{finished}/unterlagen/bank_statements", upload, content_type="multipart/form-data"
    )
    assert answer.location == f"{finished}/unterlagen"
    assert "1 Datei dabei" in client.get(answer.location).text
    assert "foto.jpg" in client.get(f"{finished}/pruefen").text
    send(client, finished)
    upload = {"files": [photo(width=500)], "together": "y"}
    client.post_form(
        f"{finished}/unterlagen/bank_statements", upload, content_type="multipart/form-data"
    )
    assert client.get(finished).text.count("foto.jpg") == 2


@pytest.mark.parametrize(
    "files",
    [
        [],
        [(io.BytesIO(b""), "leer.jpg", "image/jpeg")],
        [(io.BytesIO(b"MZ" * 400), "programm.exe", "application/octet-stream")],
    ],
    ids=["nothing", "empty", "program"],
)
def test_a_wrong_file_says_so_beside_the_field(client, finished, files):
    answer = client.post_form(
        f"{finished}/unterlagen/bank_statements",
        {"files": files},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert 'href="#files"' in answer.text


def test_a_paper_that_nobody_asked_for_is_not_found(client, finished):
    assert client.get(f"{finished}/unterlagen/rental_contract").status_code == 404


# Whose it is


def test_the_application_of_somebody_else_is_not_there(client, session):
    mine, other = citizen(session), citizen(session)
    made = make.draft(session, other, make.NOTHING_CHANGED)
    address = f"/antraege/{made.id}"
    client.sign_in(mine)
    session.commit()
    for path in ("", "/person", "/unterlagen", "/unterlagen/bank_statements", "/pruefen"):
        assert client.get(address + path).status_code == 404
    for path in ("/person", "/person/merken", "/senden", "/zurueckziehen"):
        assert client.post_form(address + path, {"first_name": "X"}).status_code == 404
    assert session.get(Application, made.id).state == "draft"


def test_nobody_gets_in_without_signing_in(client):
    assert "/anmelden" in client.get("/antraege").location
    assert "/anmelden" in client.get(f"/antraege/{uuid.uuid4()}").location


def test_looking_changes_nothing(client, finished, session):
    def everything():
        answers = session.execute(
            select(Answer.question_id, Answer.value, Answer.changed_at).order_by(Answer.id)
        ).all()
        applications = session.execute(select(Application.id, Application.changed_at)).all()
        events = session.scalar(text("SELECT count(*) FROM audit_events"))
        session.rollback()
        return answers, applications, events

    before = everything()
    client.get("/antraege")
    client.get("/antraege/neu/probe")
    client.get(finished)
    for page in (*ANSWERS, "unterlagen", "unterlagen/bank_statements", "pruefen", "gesendet"):
        client.get(f"{finished}/{page}")
    assert everything() == before


def test_one_draft_of_a_form_is_gone_on_with(client, draft, session):
    assert client.post_form("/antraege/neu/probe").location == draft
    assert session.scalar(select(func.count()).select_from(Application)) == 1
    session.rollback()
    assert "Weitermachen" in client.get("/antraege/neu/probe").text


# English and queries


def test_every_page_speaks_english(client, finished):
    client.set_cookie("sprache", "en")
    for page in ANSWERS:
        assert client.get(f"{finished}/{page}").status_code == 200
    assert "Who is applying?" in client.get(f"{finished}/person").text
    assert "Bank statements of the last three months" in client.get(f"{finished}/unterlagen").text


def test_pages_ask_the_database_as_often_with_many_answers_as_with_few(client, session, me):
    few = make.draft(session, me, {"lives_alone": False})
    address = f"/antraege/{few.id}"
    session.commit()

    def queries_of(path):
        client.get(address + path)
        with counted_queries() as statements:
            client.get(address + path)
        return len(statements)

    pages = ("", "/person", "/haushalt-personen", "/unterlagen", "/pruefen")
    before = [queries_of(page) for page in pages]
    many = {f"member_first_name@{number}": "Danylo" for number in range(30)}
    make.draft(session, me, make.NOTHING_CHANGED | {"lives_alone": False} | many)
    session.commit()
    assert [queries_of(page) for page in pages] == before
    assert max(before) <= 8


def test_the_list_of_applications_costs_the_same_for_many(client, session, me):
    def cost():
        session.commit()
        with counted_queries() as statements:
            client.get("/antraege")
        return len(statements)

    make.sent(session, me)
    one = cost()
    for _ in range(3):
        make.sent(session, me)
    assert cost() == one <= 6
