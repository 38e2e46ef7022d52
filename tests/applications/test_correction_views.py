"""Rounds and supplements on the screen: staff mark, the citizen answers exactly that."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Role
from portal.applications import correction_queries, jobs, queries
from portal.applications.correction_forms import key_of, place_in
from portal.applications.models import CorrectionRound, Supplement
from portal.applications.places import APPLICANT, Place
from portal.core import clock
from tests.factories import applications as make
from tests.factories import casefiles
from tests.factories.accounts import citizen, staff_member
from tests.queries import counted_queries

ACCOUNTS, MOVED = key_of(Place("assets_accounts")), key_of(Place("moved"))


@pytest.fixture
def officer(session):
    return staff_member(session, Role.BENEFIT_OFFICER, first_name="Jana", last_name="Keller")


@pytest.fixture
def me(session):
    return citizen(session, first_name="Oksana", last_name="Kovalenko")


@pytest.fixture
def sent(session, me, officer):
    draft = make.draft(session, me, make.NOTHING_CHANGED)
    make.attach(session, draft, me, "bank_statements")
    made = make.sent(session, me)
    made.case.team = officer.team
    [attachment] = queries.attachments_of(session, application=made)
    casefiles.prepare(session, attachment.document_id)
    session.commit()
    return made


def as_staff(client, session, officer):
    client.sign_in(officer)
    session.commit()


def as_citizen(client, session, me):
    client.sign_in(me)
    session.commit()


def key_on(client, address):
    return re.search(r'name="key"[^>]*value="([^"]+)"', client.get(address).text)[1]


# The office asks


def test_every_answer_and_paper_has_a_box(client, session, officer, sent):
    as_staff(client, session, officer)
    page = client.get(f"/amt/antraege/{sent.id}").text
    assert f'value="{ACCOUNTS}"' in page
    [attachment] = queries.attachments_of(session, application=sent)
    assert f'value="d:{attachment.document_id}"' in page
    assert "Rückfrage stellen" in page


def test_two_answers_and_a_paper_are_asked_about(client, session, officer, me, sent):
    as_staff(client, session, officer)
    id = sent.id
    [attachment] = queries.attachments_of(session, application=sent)
    marks = [ACCOUNTS, MOVED, f"d:{attachment.document_id}", ACCOUNTS]
    ask = client.post_form(f"/amt/antraege/{id}/rueckfrage/auswahl", {"mark": marks})
    assert ask.status_code == 200
    assert ask.text.count('type="hidden" name="mark"') == 3
    assert "320,50" in ask.text
    assert session.scalar(select(func.count()).select_from(CorrectionRound)) == 0

    day = clock.local_date(clock.now()) + timedelta(days=14)
    while day.weekday() > 4 or (day.month, day.day) in {(12, 25), (1, 1)}:
        day += timedelta(days=1)
    answers = {
        "mark": marks[:3],
        "reason_0": "contradicts",
        "note_0": "Auf dem Auszug stehen 480 Euro.",
        "reason_1": "unclear",
        "note_1": "",
        "reason_2": "illegible",
        "note_2": "",
        "words": "Bitte sehen Sie noch einmal nach.",
        "due_on": [str(day.day), str(day.month), str(day.year)],
    }
    answer = client.post_form(f"/amt/antraege/{id}/rueckfrage", answers)
    assert answer.location == f"/amt/antraege/{id}"
    page = client.get(answer.location).text
    assert "Rückfrage 1" in page
    assert "Wartet auf die Person" in page

    as_citizen(client, session, me)
    assert "Rückfrage zu Ihrem Antrag beantworten" in client.get("/").text
    status = client.get(f"/antraege/{id}").text
    assert "Es fehlt etwas" in status
    assert "Auf dem Auszug stehen 480 Euro." in status
    assert "Bitte sehen Sie noch einmal nach." in status
    assert f"/antraege/{id}/nachtrag/seite/guthaben?rueckfrage=1" in status


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason_0": "erfunden"},
        {"due_on": ["31", "2", "2027"]},
        {"due_on": ["1", "1", "2020"]},
        {"note_0": "x" * 700},
        {"words": "x" * 3000},
    ],
)
def test_wrong_entries_open_no_round_and_are_kept(client, session, officer, sent, wrong):
    as_staff(client, session, officer)
    given = {"mark": [MOVED], "reason_0": "unclear", "due_on": ["1", "4", "2027"]}
    answer = client.post_form(f"/amt/antraege/{sent.id}/rueckfrage", given | wrong)
    assert answer.status_code == 422
    assert f'value="{MOVED}"' in answer.text
    assert session.scalar(select(func.count()).select_from(CorrectionRound)) == 0


@pytest.mark.parametrize("mark", ["", "a:", "a:moved", "a:nichts//", "d:x", "n:x", "a:moved/x/y"])
def test_forged_marks_are_left_out(client, session, officer, sent, mark):
    as_staff(client, session, officer)
    answer = client.post_form(f"/amt/antraege/{sent.id}/rueckfrage/auswahl", {"mark": [mark]})
    assert answer.status_code == 302
    answer = client.post_form(f"/amt/antraege/{sent.id}/rueckfrage", {"mark": [mark]})
    assert answer.status_code == 422


def test_places_survive_the_way_through_a_box():
    for place in (Place("a"), Place("a", uuid.uuid4()), Place("a", uuid.uuid4(), APPLICANT)):
        assert place_in(key_of(place)) == place


# The citizen answers


def test_a_mark_opens_exactly_that_question(client, session, officer, me, sent):
    make.asked(session, sent, officer, "assets_accounts", "moved")
    as_citizen(client, session, me)
    address = f"/antraege/{sent.id}/nachtrag"
    page = client.get(f"{address}/seite/guthaben?rueckfrage=1").text
    assert 'name="assets_accounts"' in page
    assert 'name="assets_savings"' not in page
    assert "Darum fragen wir noch einmal" in page

    first = client.post_form(f"{address}/seite/guthaben?rueckfrage=1", {"assets_accounts": "480"})
    assert first.location == f"{address}/seite/umzug?rueckfrage=1"
    second = client.post_form(first.location, {"moved": "no"})
    assert second.location == f"{address}?rueckfrage=1"
    page = client.get(second.location).text
    assert "480,00" in page
    assert "Bleibt so: Nein" in page

    given = {"key": key_on(client, second.location), "words": "Das Gehalt kam."}
    done = client.post_form(f"{address}/senden?rueckfrage=1", given)
    assert done.location == f"/antraege/{sent.id}/nachtraege/1"
    assert client.post_form(f"{address}/senden?rueckfrage=1", given).location == done.location
    assert "Ihr Nachtrag ist angekommen" in client.get(done.location).text
    made = session.scalars(select(Supplement)).one()
    jobs.write_supplement_receipt(session, now=clock.now(), supplement_id=str(made.id))
    session.commit()
    assert "Eingangsbestätigung (PDF) speichern" in client.get(done.location).text

    status = client.get(f"/antraege/{sent.id}").text
    assert "durch Nachtrag 1, vorher: 320,50" in status
    assert "Rückfrage 1, bitte bis" not in status
    assert "Rückfrage zu Ihrem Antrag" not in client.get("/").text


def test_forged_posts_outside_the_marks_change_nothing(client, session, officer, me, sent):
    make.asked(session, sent, officer, "assets_accounts")
    as_citizen(client, session, me)
    address = f"/antraege/{sent.id}/nachtrag/seite"
    answer = client.post_form(f"{address}/umzug?rueckfrage=1", {"moved": "yes"})
    assert answer.status_code == 404
    forged = {"assets_accounts": "480", "assets_savings": "9", "iban": "DE02120300000000202051"}
    client.post_form(f"{address}/guthaben?rueckfrage=1", forged)
    [change] = session.scalars(select(Supplement)).one().changes
    assert change["place"][0] == "assets_accounts"
    assert client.get(f"{address}/guthaben?rueckfrage=7").status_code == 404
    assert client.get(f"{address}/nichts?rueckfrage=1").status_code == 404
    row = f"{address}/arbeit/eintrag/{uuid.uuid4()}?rueckfrage=1"
    assert client.post_form(row, {"job_employer": "x"}).status_code == 404


def test_what_is_wrong_stays_on_the_page(client, session, officer, me, sent):
    make.asked(session, sent, officer, "assets_accounts")
    as_citizen(client, session, me)
    address = f"/antraege/{sent.id}/nachtrag/seite/guthaben?rueckfrage=1"
    answer = client.post_form(address, {"assets_accounts": "viel Geld"})
    assert answer.status_code == 422
    assert 'value="viel Geld"' in answer.text
    assert session.scalar(select(func.count()).select_from(Supplement)) == 0


def test_sending_too_early_says_what_is_missing(client, session, officer, me, sent):
    make.asked(session, sent, officer, "assets_accounts", "moved")
    as_citizen(client, session, me)
    address = f"/antraege/{sent.id}/nachtrag"
    client.post_form(f"{address}/seite/guthaben?rueckfrage=1", {"assets_accounts": "480"})
    answer = client.post_form(f"{address}/senden?rueckfrage=1", {"key": str(uuid.uuid4())})
    assert answer.status_code == 422
    assert "Sehen Sie bitte zuerst alle Angaben an" in answer.text


def test_more_time_at_one_tap_and_only_once(client, session, officer, me, sent):
    make.asked(session, sent, officer, "moved")
    as_citizen(client, session, me)
    address = f"/antraege/{sent.id}/nachtrag/mehr-zeit?rueckfrage=1"
    assert "Ich brauche mehr Zeit" in client.get(f"/antraege/{sent.id}").text
    assert client.post_form(address).status_code == 302
    page = client.get(f"/antraege/{sent.id}").text
    assert "Sie haben die Frist verlängert" in page
    assert client.post_form(address).status_code == 409
    assert client.post_form(f"/antraege/{sent.id}/nachtrag/mehr-zeit").status_code == 404


def test_a_free_supplement_from_choice_to_receipt(client, session, officer, me, sent):
    as_citizen(client, session, me)
    address = f"/antraege/{sent.id}/nachtrag"
    assert f'href="{address}"' in client.get(f"/antraege/{sent.id}").text
    assert f'href="{address}/seite/guthaben"' in client.get(address).text
    given = {"assets_accounts": "480", "assets_savings": "0"}
    assert client.post_form(f"{address}/seite/guthaben", given).location == address
    page = client.get(address).text
    assert "Das möchten Sie ändern" in page
    given = {"key": key_on(client, address), "words": ""}
    assert client.post_form(f"{address}/senden", given).location.endswith("/nachtraege/1")
    as_staff(client, session, officer)
    [made] = session.scalars(select(Supplement)).all()
    page = client.get(f"/amt/antraege/nachtraege/{made.id}").text
    assert "320,50" in page
    assert "480,00" in page
    seen = client.post_form(f"/amt/antraege/nachtraege/{made.id}/gesehen")
    assert "durch Nachtrag 1, vorher: 320,50" in client.get(seen.location).text


def test_a_list_grows_in_a_free_supplement(client, session, me, sent):
    as_citizen(client, session, me)
    address = f"/antraege/{sent.id}/nachtrag"
    answer = client.post_form(f"{address}/seite/einkommen", {"income_kinds": ["job"]})
    assert answer.location == f"{address}/seite/arbeit"
    page = client.get(answer.location).text
    row = re.search(rf"{address}/seite/arbeit/eintrag/[0-9a-f-]+", page)[0]
    job = {
        "job_person": "Oksana",
        "job_employer": "Bäckerei",
        "job_kind": "mini",
        "job_varies": "no",
        "job_gross": "500",
        "job_net": "450",
        "job_paid_in": "same",
    }
    assert client.post_form(row, {"job_person": "Oksana"}).status_code == 422
    assert client.post_form(row, job).location == answer.location
    assert "Oksana bei Bäckerei" in client.get(answer.location).text
    assert client.post_form(f"{row}/entfernen").location == answer.location
    assert "Noch nichts eingetragen" in client.get(answer.location).text
    assert client.post_form(answer.location).status_code == 422
    assert client.post_form(f"{address}/verwerfen").location == f"/antraege/{sent.id}"
    assert session.scalar(select(func.count()).select_from(Supplement)) == 0


def test_nobody_else_gets_in(client, session, officer, me, sent):
    round = make.asked(session, sent, officer, "moved")
    as_citizen(client, session, citizen(session))
    for page in ("nachtrag", "nachtrag?rueckfrage=1", "nachtrag/seite/umzug", "nachtraege/1"):
        assert client.get(f"/antraege/{sent.id}/{page}").status_code == 404
    as_staff(client, session, staff_member(session, Role.BENEFIT_OFFICER))
    assert client.get(f"/amt/antraege/rueckfragen/{round.id}").status_code == 404


# What came back


def test_the_office_sees_the_difference_and_accepts(client, session, officer, me, sent):
    round = make.asked(session, sent, officer, "assets_accounts")
    make.supplemented(session, sent, me, {"assets_accounts": "480.00"}, round=round)
    as_staff(client, session, officer)
    address = f"/amt/antraege/rueckfragen/{round.id}"
    page = client.get(address).text
    assert "Antwort auf Rückfrage 1" in page
    assert "320,50" in page
    assert "480,00" in page
    assert client.post_form(f"{address}/annehmen").status_code == 302
    assert "Annehmen" not in client.get(address).text
    assert client.post_form(f"{address}/annehmen").status_code == 409


def test_the_office_asks_again(client, session, officer, me, sent):
    round = make.asked(session, sent, officer, "moved")
    make.supplemented(session, sent, me, {"moved": False}, round=round)
    as_staff(client, session, officer)
    ask = client.post_form(
        f"/amt/antraege/{sent.id}/rueckfrage/auswahl", {"mark": [MOVED], "statt": "1"}
    )
    assert 'name="statt" value="1"' in ask.text
    due_on = re.findall(r'name="due_on"[^>]*value="(\d+)"', ask.text)
    given = {"mark": [MOVED], "statt": "1", "reason_0": "unclear", "due_on": due_on}
    assert client.post_form(f"/amt/antraege/{sent.id}/rueckfrage", given).status_code == 302
    rounds = correction_queries.rounds_of(session, application=sent)
    assert [one.closed_at is None for one in rounds] == [False, True]
    assert client.post_form(f"/amt/antraege/{sent.id}/rueckfrage", given).status_code == 409


def test_a_round_is_taken_back(client, session, officer, me, sent):
    round = make.asked(session, sent, officer, "moved")
    as_staff(client, session, officer)
    address = f"/amt/antraege/rueckfragen/{round.id}"
    assert "Annehmen" not in client.get(address).text
    assert client.post_form(f"{address}/zuruecknehmen").status_code == 302
    as_citizen(client, session, me)
    assert "Rückfrage 1, bitte bis" not in client.get(f"/antraege/{sent.id}").text


# Cost


def test_pages_ask_the_database_as_often_for_five_rounds_as_for_one(
    client, session, officer, me, sent
):
    pages = {me: f"/antraege/{sent.id}", officer: f"/amt/antraege/{sent.id}"}

    def count(person):
        client.sign_in(person)
        session.commit()
        client.get(pages[person])
        with counted_queries() as statements:
            assert client.get(pages[person]).status_code == 200
        return len(statements)

    make.supplemented(session, sent, me, {"assets_accounts": "1.00"})
    make.asked(session, sent, officer, "moved")
    session.commit()
    one = [count(person) for person in pages]
    for number, question in enumerate(("arrears", "city", "lives_alone", "street")):
        make.asked(session, sent, officer, question)
        make.supplemented(session, sent, me, {"assets_accounts": f"{number + 2}.00"})
    session.commit()
    assert [count(person) for person in pages] == one
