"""Filling in together: each person of the household with the own account, and only the own part."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.models import Role
from portal.applications import jobs, part_queries, parts, queries, service
from portal.applications import known as known_answers
from portal.applications.models import Answer, OwnPart
from portal.applications.places import APPLICANT, Place
from portal.audit.models import Event
from portal.core import clock
from portal.core.errors import Conflict, Expired, InvalidInput, NotFound
from tests.client import PortalClient
from tests.factories import accounts, representation
from tests.factories import applications as make
from tests.queries import counted_queries

PETRO, DANYLO, MILA = make.row(1), make.row(2), make.row(3)


@pytest.fixture
def oksana(session):
    return accounts.citizen(session, first_name="Oksana")


@pytest.fixture
def danylo(session):
    return accounts.citizen(session, first_name="Danylo", last_name="Kovalenko")


@pytest.fixture
def draft(session, oksana):
    made = make.family(session, oksana)
    session.commit()
    return made


@pytest.fixture
def browse(app):
    def open_for(person):
        made = PortalClient(app, app.response_class, use_cookies=True)
        made.sign_in(person)
        return made

    return open_for


@pytest.fixture
def hers(browse, oksana):
    return browse(oksana)


@pytest.fixture
def his(browse, danylo):
    return browse(danylo)


def code_of(browser, draft, owner=DANYLO):
    """Press the button on the overview and read the code off the page."""
    page = browser.get(browser.post_form(f"/antraege/{draft.id}/teilen/{owner}").location)
    return re.search(r"invitation-code__letters\">([A-Z0-9-]+)<", page.text)[1]


def taken(hers, his, draft):
    """Let Danylo take his part; return its address."""
    answer = his.post_form("/antraege/mitmachen", {"code": code_of(hers, draft)})
    assert answer.status_code == 302
    return answer.location


def fill_in(browser, part):
    for page, answers in (
        ("arbeit", {"works": "no"}),
        ("schule", {"school": "Lindenschule"}),
        ("krankheit", {"illness": "Asthma"}),
    ):
        assert browser.post_form(f"{part}/{page}", answers).status_code == 302


def values(session, owner=DANYLO):
    found = session.scalars(select(Answer).where(Answer.owner_id == owner).order_by(Answer.id))
    return {one.question_id: (one.value, one.by_name) for one in found}


def test_who_is_fifteen_can_be_invited(hers, draft):
    """Given a household of 36, 16 and 14, when she looks, then the two older can join in."""
    page = hers.get(f"/antraege/{draft.id}").text
    assert "Petro füllt den eigenen Teil selbst aus" in page
    assert "Danylo füllt den eigenen Teil selbst aus" in page
    assert "Mila füllt" not in page
    assert hers.post_form(f"/antraege/{draft.id}/teilen/{MILA}").status_code == 404
    assert hers.post_form(f"/antraege/{draft.id}/teilen/{APPLICANT}").status_code == 404
    assert hers.post_form(f"/antraege/{draft.id}/teilen/{uuid.uuid4()}").status_code == 404


def test_each_fills_in_the_own_part(session, hers, his, draft):
    """Given a code, when Danylo takes it, then he answers, confirms, and she sees that he did."""
    part = taken(hers, his, draft)
    page = his.get(part).text
    assert "0 von 3 Schritten fertig" in page
    assert "Petro" not in page
    fill_in(his, part)
    assert values(session) == {
        "works": (False, "Danylo Kovalenko"),
        "school": ("Lindenschule", "Danylo Kovalenko"),
        "illness": ("Asthma", "Danylo Kovalenko"),
    }
    assert "Meine Angaben stimmen" in his.get(part).text
    assert his.post_form(part).status_code == 302
    assert "Ihre Angaben sind bestätigt" in his.get(part).text
    assert "Selbst bestätigt am" in hers.get(f"/antraege/{draft.id}").text
    assert "Antrag von Oksana" in his.get("/antraege").text
    deeds = session.scalars(
        select(Event.deed).where(Event.deed.like("applications.part%")).order_by(Event.at, Event.id)
    ).all()
    assert deeds == [f"applications.part_{one}" for one in ("invited", "taken", "confirmed")]


def test_nobody_confirms_what_is_not_answered(session, hers, his, draft):
    part = taken(hers, his, draft)
    assert his.post_form(part).status_code == 422
    assert session.scalars(select(OwnPart)).one().confirmed_at is None


@pytest.mark.parametrize("who", ["hers", "his"])
def test_a_change_afterwards_undoes_the_confirmation(session, hers, his, draft, who):
    """Given a confirmed part, when an answer is sent as it was, then it stays; a new one undoes."""
    part = taken(hers, his, draft)
    fill_in(his, part)
    his.post_form(part)
    one = session.scalars(select(OwnPart)).one()
    browser, page, query = (
        (his, f"{part}/arbeit", "")
        if who == "his"
        else (hers, f"/antraege/{draft.id}/arbeit", f"?fuer={DANYLO}")
    )
    browser.post_form(page + query, {"works": "no"})
    session.refresh(one)
    assert one.confirmed_at
    browser.post_form(page + query, {"works": "yes"})
    session.refresh(one)
    assert one.confirmed_at is None


def test_the_rows_of_a_list(session, hers, his, draft):
    """Given a list in his part, when he adds and removes an entry, then only his are touched."""
    part = taken(hers, his, draft)
    his.post_form(f"{part}/arbeit", {"works": "yes"})
    entry = re.search(r'href="([^"]+/eintrag/[^"]+)"', his.get(f"{part}/stellen").text)[1]
    assert entry.startswith(part)
    assert his.post_form(entry, {"employer": "Bäckerei", "pay": "120"}).status_code == 302
    page = his.get(f"{part}/stellen").text
    assert "Bäckerei" in page
    assert f"{entry}/entfernen" in page
    assert his.post_form(f"{entry}/entfernen").status_code == 302
    assert "employer" not in values(session)
    assert his.post_form(f"{part}/stellen").status_code == 422


def test_autosave(session, hers, his, draft):
    part = taken(hers, his, draft)
    assert f"{part}/schule/merken" in his.get(f"{part}/schule").text
    told = his.post_form(f"{part}/schule/merken", {"school": "Linden"}).json["fields"]
    assert told["school"]["state"] == "saved"
    assert values(session)["school"] == ("Linden", "Danylo Kovalenko")


def test_only_the_own_steps(session, hers, his, draft):
    """Given his part, when he asks for other pages or another person, then there is nothing."""
    part = taken(hers, his, draft)
    for page in ("name", "leute", "vermieter", "nichts"):
        assert his.get(f"{part}/{page}").status_code == 404
        assert his.post_form(f"{part}/{page}", {"first_name": "X"}).status_code == 404
    his.post_form(f"{part}/arbeit?fuer={PETRO}", {"works": "yes"})
    assert values(session, PETRO) == {}
    assert values(session)["works"][0] is True
    for address in (f"/antraege/{draft.id}", f"/antraege/{draft.id}/arbeit?fuer={DANYLO}"):
        assert his.get(address).status_code == 404
    assert his.get(f"/antraege/{draft.id}/pruefen").status_code == 404
    assert his.post_form(f"/antraege/{draft.id}/senden").status_code == 404


def test_a_forged_owner_is_refused(session, hers, his, draft, danylo):
    taken(hers, his, draft)
    part = session.scalars(select(OwnPart)).one()
    part, filled = part_queries.filled_for(session, part.id, asker=danylo)
    with pytest.raises(NotFound):
        parts.save(
            session,
            part=part,
            filled=filled,
            answers={Place("works", None, PETRO): True},
            by=danylo,
            now=clock.now(),
        )


def test_the_part_of_another_is_not_there(session, hers, his, browse, draft, oksana):
    """Given Petro has his part, when Danylo, who has one too, or she opens it, then 404."""
    petro = browse(accounts.citizen(session, first_name="Petro"))
    session.commit()
    code = code_of(hers, draft, PETRO)
    part = petro.post_form("/antraege/mitmachen", {"code": code}).location
    mine = taken(hers, his, draft)
    for browser, address in ((his, part), (hers, part), (petro, mine)):
        assert browser.get(address).status_code == 404
        assert browser.post_form(address).status_code == 404
        assert browser.get(f"{address}/arbeit").status_code == 404
        assert browser.post_form(f"{address}/arbeit", {"works": "yes"}).status_code == 404
        assert browser.post_form(f"{address}/arbeit/merken", {"works": "yes"}).status_code == 404
    id = part.rpartition("/")[2]
    assert his.get(f"/antraege/teilen/{id}").status_code == 404
    assert his.post_form(f"/antraege/teilen/{id}/zuruecknehmen").status_code == 404
    assert his.post_form(f"/antraege/{draft.id}/teilen/{DANYLO}").status_code == 404


def test_one_code_one_account(session, hers, his, browse, draft):
    code = code_of(hers, draft)
    assert hers.post_form("/antraege/mitmachen", {"code": code}).status_code == 422
    part = his.post_form("/antraege/mitmachen", {"code": code.lower()}).location
    second = browse(accounts.citizen(session, first_name="Danylo"))
    session.commit()
    assert second.post_form("/antraege/mitmachen", {"code": code}).status_code == 410
    assert second.get(part).status_code == 404
    assert hers.post_form(f"/antraege/{draft.id}/teilen/{DANYLO}").status_code == 409
    other = code_of(hers, draft, PETRO)
    assert his.post_form("/antraege/mitmachen", {"code": other}).status_code == 422


def test_a_new_code_makes_the_old_one_worthless(hers, his, draft):
    old = code_of(hers, draft)
    new = code_of(hers, draft)
    assert his.post_form("/antraege/mitmachen", {"code": old}).status_code == 410
    assert his.post_form("/antraege/mitmachen", {"code": new}).status_code == 302


def test_a_code_counts_for_two_weeks(session, hers, his, draft):
    code = code_of(hers, draft)
    session.scalars(select(OwnPart)).one().expires_at = clock.now() - timedelta(seconds=1)
    session.commit()
    assert his.post_form("/antraege/mitmachen", {"code": code}).status_code == 410
    assert "Der Code ist abgelaufen" in hers.get(f"/antraege/{draft.id}").text


def test_what_is_taken_back_opens_nothing(session, hers, his, draft):
    """Given a part that he fills in, when she takes it back, then he finds nothing."""
    part = taken(hers, his, draft)
    his.post_form(f"{part}/schule", {"school": "Lindenschule"})
    id = part.rpartition("/")[2]
    assert hers.post_form(f"/antraege/teilen/{id}/zuruecknehmen").status_code == 302
    assert his.get(part).status_code == 404
    assert his.post_form(f"{part}/schule", {"school": "Andere"}).status_code == 404
    assert his.post_form(part).status_code == 404
    assert values(session)["school"][0] == "Lindenschule"
    assert "Antrag von Oksana" not in his.get("/antraege").text
    assert code_of(hers, draft)


def test_a_code_taken_back_is_worthless(hers, his, draft):
    sent = hers.post_form(f"/antraege/{draft.id}/teilen/{DANYLO}").location
    code = re.search(r"letters\">([A-Z0-9-]+)<", hers.get(sent).text)[1]
    hers.post_form(f"{sent}/zuruecknehmen")
    assert his.post_form("/antraege/mitmachen", {"code": code}).status_code == 410


def test_wrong_codes_are_slowed_down(hers, his, draft):
    """Given five wrong codes, when a sixth is tried, then even the right one has to wait."""
    code = code_of(hers, draft)
    for number in range(5):
        answer = his.post_form("/antraege/mitmachen", {"code": f"ABCD-EFG{number + 2}"})
        assert answer.status_code == 410
    answer = his.post_form("/antraege/mitmachen", {"code": code})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_the_code_is_not_kept(session, hers, draft):
    code = code_of(hers, draft)
    part = session.scalars(select(OwnPart)).one()
    assert code.replace("-", "") not in str(vars(part))
    assert part.expires_at - part.made_at == timedelta(days=14)


def test_what_is_private_stays_with_who_said_it(session, hers, his, draft, oksana):
    """Given what he says of his health, when she looks anywhere, then it is not there."""
    part = taken(hers, his, draft)
    fill_in(his, part)
    assert "Asthma" in his.get(f"{part}/krankheit").text
    address = f"/antraege/{draft.id}"
    for page in (address, f"{address}/pruefen", f"{address}/schule?fuer={DANYLO}"):
        answer = hers.get(page)
        assert answer.status_code == 200
        assert "Asthma" not in answer.text
    assert "Lindenschule" in hers.get(f"{address}/pruefen").text
    assert hers.get(f"{address}/krankheit?fuer={DANYLO}").status_code == 404
    hers.post_form(f"/antraege/teilen/{part.rpartition('/')[2]}/zuruecknehmen")
    assert hers.get(f"{address}/krankheit?fuer={DANYLO}").status_code == 404
    assert "Asthma" not in hers.get(f"{address}/pruefen").text


def finish(session, draft, oksana, *, owners):
    """Let her answer what is left for her to answer."""
    filled = queries.filled_for(session, draft.id, asker=oksana)
    answers = {Place("tenant"): "applicant"}
    answers |= {Place("works", None, owner): False for owner in owners}
    return service.save_answers(
        session, filled=filled, answers=answers, by=oksana, now=clock.now()
    ).sheet


def test_sending_waits_for_nobody(session, hers, his, draft, oksana):
    """Given a part without its private answer, unconfirmed, when she sends, then it is sent."""
    part = taken(hers, his, draft)
    his.post_form(f"{part}/schule", {"school": "Lindenschule"})
    sheet = finish(session, draft, oksana, owners=(APPLICANT, PETRO, DANYLO))
    session.commit()
    assert sheet.gaps == ()
    answer = hers.post_form(f"/antraege/{draft.id}/senden", {"key": str(uuid.uuid4())})
    assert answer.location.endswith("/gesendet")
    assert "Der Antrag ist gesendet" in his.get(part).text
    assert his.post_form(f"{part}/schule", {"school": "Andere"}).status_code == 409
    assert his.post_form(part).status_code == 409


def test_the_office_reads_all_and_who_confirmed_it(session, client, hers, his, draft, oksana):
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    session.commit()
    part = taken(hers, his, draft)
    fill_in(his, part)
    his.post_form(part)
    finish(session, draft, oksana, owners=(APPLICANT, PETRO))
    session.commit()
    assert "/gesendet" in hers.post_form(f"/antraege/{draft.id}/senden").location
    client.sign_in(jana)
    page = client.get(f"/amt/antraege/{draft.id}").text
    assert "Asthma" in page
    assert "Teil von Danylo" in page
    assert "Selbst bestätigt von Danylo Kovalenko" in page
    assert "Asthma" not in hers.get(f"/antraege/{draft.id}").text
    session.refresh(draft)
    assert "Asthma" in str(draft.sent_answers)


def test_the_receipt_and_the_next_draft_keep_it_back(
    session, hers, his, draft, oksana, monkeypatch
):
    part = taken(hers, his, draft)
    fill_in(his, part)
    finish(session, draft, oksana, owners=(APPLICANT, PETRO))
    session.commit()
    assert "/gesendet" in hers.post_form(f"/antraege/{draft.id}/senden").location
    session.expire_all()
    shown = {}
    real = jobs.pdf.render
    monkeypatch.setattr(jobs.pdf, "render", lambda *a, **k: (shown.update(k), real(*a, **k))[1])
    jobs.write_receipt(session, now=clock.now(), application_id=str(draft.id))
    assert "Lindenschule" in str(shown["parts"])
    assert "Asthma" not in str(shown["parts"])
    known = known_answers.answers(session, form=make.family_form(), citizen=oksana, now=clock.now())
    assert not any(place.question == "illness" for place in known)


def test_how_many_questions_the_overview_asks(session, hers, draft):
    address = f"/antraege/{draft.id}"
    hers.get(address)
    with counted_queries() as before:
        hers.get(address)
    code_of(hers, draft)
    code_of(hers, draft, PETRO)
    with counted_queries() as after:
        hers.get(address)
    assert len(after) == len(before)


def test_service_says_what_is_wrong(session, draft, oksana, danylo):
    filled = queries.filled_for(session, draft.id, asker=oksana)
    now = clock.now()
    part, _ = parts.invite(session, filled=filled, owner=DANYLO, by=oksana, now=now)
    assert parts.is_open(part, now=now)
    assert not parts.is_open(part, now=now + timedelta(days=14))
    with pytest.raises(Expired):
        parts.check_is_open(None, now=now)
    part.citizen, part.opened_at = danylo, now
    session.flush()
    with pytest.raises(Conflict):
        parts.invite(session, filled=filled, owner=DANYLO, by=oksana, now=now)
    part, own = part_queries.filled_for(session, part.id, asker=danylo)
    with pytest.raises(InvalidInput):
        parts.confirm(session, part=part, filled=own, by=danylo, now=now)
    with pytest.raises(NotFound):
        parts.save(session, part=part, filled=own, answers={}, by=oksana, now=now)


def test_who_acts_for_her_gives_nothing_away(session, browse, draft, oksana, danylo):
    """Given a helper who may fill in, when the helper asks for a code, then there is none."""
    helping = representation.representation(session, principal=oksana, representative=danylo)
    session.commit()
    browser = browse(danylo)
    browser.post_form("/vertretung/wechseln", {"representation": str(helping.id)})
    page = browser.get(f"/antraege/{draft.id}")
    assert page.status_code == 200
    assert "Gemeinsam ausfüllen" not in page.text
    assert browser.post_form(f"/antraege/{draft.id}/teilen/{DANYLO}").status_code == 404
    assert session.scalars(select(OwnPart)).all() == []


def test_who_fills_in_the_own_part_is_addressed(hers, his, draft):
    part = taken(hers, his, draft)
    assert "Arbeiten Sie?" in his.get(part).text
    assert "Arbeitet Danylo?" in hers.get(f"/antraege/{draft.id}/arbeit?fuer={DANYLO}").text
