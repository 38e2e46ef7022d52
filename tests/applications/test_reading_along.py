"""Reading along: a code, one person of the office, half an hour, and nothing that is not theirs."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.accounts.models import Power, Role
from portal.applications import (
    part_queries,
    parts,
    queries,
    reading_queries,
    reading_rules,
    readings,
    service,
)
from portal.applications.models import Application
from portal.applications.places import APPLICANT, Place
from portal.applications.reading_along import DraftReading
from portal.audit.models import Event
from portal.core import clock
from portal.core.errors import Conflict, Expired, NotAllowed, NotFound
from tests.factories import accounts, casefiles, office, representation
from tests.factories import applications as make
from tests.factories import reading_along as along
from tests.queries import counted_queries

PETRO, DANYLO = make.row(1), make.row(2)
HALF_AN_HOUR = timedelta(minutes=30)


def code_of(browser, draft):
    """Press the button on the page of the draft and read the code off it."""
    page = browser.get(browser.post_form(f"/antraege/{draft.id}/mitlesen").location)
    return re.search(r"big-code[^>]*>([A-Z0-9-]+)<", page.text)[1]


def taken(browser, code):
    answer = browser.post_form("/amt/antraege/mitlesen", {"code": code})
    assert answer.status_code == 302, answer.text
    return answer.location


# The code


def test_a_code_read_out_opens_the_draft_for_one_person(hers, at_the_office, draft, jana):
    """Given a code, when an officer types it small and with blanks, then they see the answers."""
    assert "Jemand vom Jobcenter soll mitlesen" in hers.get(f"/antraege/{draft.id}").text
    code = code_of(hers, draft)
    address = taken(at_the_office, code.lower().replace("-", " "))
    page = at_the_office.get(address).text
    assert "Lindenweg 4" in page
    assert "nicht gesendet" in page
    for part in ("", "/mitlesen", "/anschrift", "/pruefen"):
        assert f"{jana.name} " in hers.get(f"/antraege/{draft.id}{part}").text, part
    again = at_the_office.post_form("/amt/antraege/mitlesen", {"code": code})
    assert again.status_code == 410


def test_the_draft_itself_stays_closed_to_the_office(hers, at_the_office, draft):
    taken(at_the_office, code_of(hers, draft))
    assert at_the_office.get(f"/amt/antraege/{draft.id}").status_code == 404
    assert "Sonnenblum" not in at_the_office.get("/amt/antraege?wessen=all").text


@pytest.mark.parametrize("typed", ["", "K7QP-3MXD", "<b>", "K" * 5000, "' OR 1=1 --"])
def test_a_guessed_code_opens_nothing(hers, at_the_office, draft, typed):
    code_of(hers, draft)
    answer = at_the_office.post_form("/amt/antraege/mitlesen", {"code": typed})
    assert answer.status_code in {410, 422}
    assert "Sonnenblum" not in answer.text


def test_guessing_soon_has_to_wait(hers, at_the_office, draft):
    """Given wrong codes, when they go on, then not even the right one works before the wait."""
    code = code_of(hers, draft)
    found = [
        at_the_office.post_form("/amt/antraege/mitlesen", {"code": f"AAAA-{number:04}"}).status_code
        for number in range(2000, 2030)
    ]
    assert found[0] == 410
    assert found[-1] == 429
    assert at_the_office.post_form("/amt/antraege/mitlesen", {"code": code}).status_code == 429


def test_only_the_hash_of_a_code_is_kept(session, hers, draft):
    code = code_of(hers, draft)
    kept = session.scalars(select(DraftReading)).one()
    assert code.replace("-", "") not in kept.code_hash
    assert len(kept.code_hash) == 64


def test_an_old_code_opens_nothing(session, draft, oksana, jana):
    now = clock.now()
    _, code = readings.invite(session, application=draft, by=oksana, now=now)
    with pytest.raises(Expired):
        readings.take(session, code=code, tries=along.TRIES, by=jana, now=now + HALF_AN_HOUR)
    late = now + HALF_AN_HOUR - timedelta(seconds=1)
    assert readings.take(session, code=code, tries=along.TRIES, by=jana, now=late)


def test_a_new_code_makes_the_old_one_worthless(hers, at_the_office, draft):
    first, second = code_of(hers, draft), code_of(hers, draft)
    answer = at_the_office.post_form("/amt/antraege/mitlesen", {"code": first})
    assert answer.status_code == 410
    taken(at_the_office, second)


def test_a_code_that_is_taken_back_opens_nothing(hers, at_the_office, draft):
    code = code_of(hers, draft)
    hers.post_form(f"/antraege/{draft.id}/mitlesen/beenden")
    answer = at_the_office.post_form("/amt/antraege/mitlesen", {"code": code})
    assert answer.status_code == 410


def test_another_device_does_not_show_the_code(hers, browse, oksana, draft):
    code = code_of(hers, draft)
    page = browse(oksana).get(f"/antraege/{draft.id}/mitlesen").text
    assert code not in page
    assert "Neuen Code holen" in page


def test_two_never_read_along_at_once(session, draft, oksana, jana):
    along.running(session, draft, oksana, jana)
    with pytest.raises(Conflict):
        readings.invite(session, application=draft, by=oksana, now=clock.now())


# Who may


def test_who_sends_for_somebody_may_let_the_office_read(session, browse, oksana, draft):
    """Given a helper without the power to send, then no code; with it, there is one."""
    helper = accounts.citizen(session)
    may = [Power.SEE, Power.FILL_IN]
    given = representation.representation(
        session, principal=oksana, representative=helper, powers=may
    )
    session.commit()
    browser = browse(helper)
    browser.post_form("/vertretung/wechseln", {"representation": str(given.id)})
    address = f"/antraege/{draft.id}/mitlesen"
    assert browser.get(address).status_code == 200
    assert "Code holen" not in browser.get(address).text
    assert browser.post_form(address).status_code == 404
    assert session.scalars(select(DraftReading)).all() == []
    given.powers = [*may, Power.SEND]
    session.commit()
    assert code_of(browser, draft)


def test_a_stranger_opens_nobody_elses_draft(session, browse, draft):
    stranger = browse(accounts.citizen(session))
    assert stranger.get(f"/antraege/{draft.id}/mitlesen").status_code == 404
    assert stranger.post_form(f"/antraege/{draft.id}/mitlesen").status_code == 404
    assert stranger.post_form(f"/antraege/{draft.id}/mitlesen/beenden").status_code == 404


def test_what_one_officer_reads_no_other_does(session, browse, draft, oksana, jana):
    reading = along.running(session, draft, oksana, jana)
    session.commit()
    colleague = browse(accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team))
    address = f"/amt/antraege/mitlesen/{reading.id}"
    for path in ("", "/frage/street"):
        assert colleague.get(address + path).status_code == 404
    assert colleague.post_form(f"{address}/frage/street", {"street": "X"}).status_code == 404
    assert colleague.post_form(f"{address}/beenden").status_code == 404
    assert "Sonnenblum" not in colleague.get("/amt/antraege/mitlesen").text


def test_without_the_right_there_is_nothing(browse, session):
    desk = browse(accounts.staff_member(session, Role.FRONT_DESK))
    assert desk.get("/amt/antraege/mitlesen").status_code == 404
    assert desk.post_form("/amt/antraege/mitlesen", {"code": "K7QP-3MXD"}).status_code == 404


def test_a_conflict_of_interest_keeps_out(session, browse, draft, oksana, jana):
    """Given a conflict, when a code is typed, then it stays unused; declared later, it closes."""
    case = casefiles.case(session, oksana)
    conflicted = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    office.conflict(session, case=case, member=conflicted)
    _, code = readings.invite(session, application=draft, by=oksana, now=clock.now())
    with pytest.raises(NotAllowed):
        readings.take(session, code=code, tries=along.TRIES, by=conflicted, now=clock.now())
    reading = readings.take(session, code=code, tries=along.TRIES, by=jana, now=clock.now())
    session.commit()
    browser, address = browse(jana), f"/amt/antraege/mitlesen/{reading.id}"
    assert browser.get(address).status_code == 200
    office.conflict(session, case=case, member=jana)
    session.commit()
    assert browser.get(address).status_code == 404
    assert "Sonnenblum" not in browser.get("/amt/antraege/mitlesen").text


# How it ends


def test_she_ends_it_at_once(session, hers, at_the_office, draft):
    address = taken(at_the_office, code_of(hers, draft))
    assert at_the_office.get(address).status_code == 200
    hers.post_form(f"/antraege/{draft.id}/mitlesen/beenden")
    assert at_the_office.get(address).status_code == 404
    assert "liest mit" not in hers.get(f"/antraege/{draft.id}").text
    deeds = session.scalars(
        select(Event.deed).where(Event.subject_kind == "draft_reading").order_by(Event.id)
    ).all()
    found = ["reading_invited", "reading_taken", "draft_read", "reading_ended"]
    assert deeds == [f"applications.{one}" for one in found]


def test_the_officer_ends_it(hers, at_the_office, draft):
    address = taken(at_the_office, code_of(hers, draft))
    assert at_the_office.post_form(f"{address}/beenden").status_code == 302
    assert at_the_office.get(address).status_code == 404


def test_after_half_an_hour_it_is_over(session, browse, draft, oksana, jana):
    reading = along.running(session, draft, oksana, jana)
    session.commit()
    browser, address = browse(jana), f"/amt/antraege/mitlesen/{reading.id}"
    assert browser.get(address).status_code == 200
    with time_machine.travel(clock.now() + HALF_AN_HOUR, tick=False):
        browser = browse(jana)
        assert browser.get(address).status_code == 404
        assert "Sonnenblum" not in browser.get("/amt/antraege/mitlesen").text
        assert not reading_rules.is_running(reading, now=clock.now())


def test_sending_ends_it(session, draft, oksana, jana):
    reading = along.running(session, draft, oksana, jana)
    service.submit(session, application=draft, key=uuid.uuid4(), by=oksana, now=clock.now())
    session.expire_all()
    with pytest.raises(NotFound):
        reading_queries.open_to(session, reading.id, asker=jana, now=clock.now())
    assert session.get(DraftReading, reading.id).ended_at is not None


# What is seen, and that it is written down


def test_every_opening_is_told_to_the_person(session, hers, browse, draft, oksana, jana):
    """Given a file, when an officer opens the draft twice, then both lists name it once."""
    casefiles.case(session, oksana)
    reading = along.running(session, draft, oksana, jana)
    session.commit()
    browser = browse(jana)
    for _ in range(2):
        browser.get(f"/amt/antraege/mitlesen/{reading.id}")
        along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
        session.commit()
    viewed = session.scalars(select(Event).where(Event.deed == "applications.draft_read")).one()
    assert viewed.facts["why"] == {"ground": "invited", "detail": None}
    assert viewed.facts["application"] == str(draft.id)
    assert jana.name in hers.get(f"/antraege/{draft.id}/mitlesen").text
    page = hers.get("/unterlagen/einsicht").text
    assert "Entwurf mitgelesen" in page
    assert "Mit Ihrem Code zum Mitlesen" in page


def test_the_part_of_somebody_else_stays_closed(session, browse, oksana, jana):
    """Given Danylo with an own part, then the office sees nothing of it, nor what is private."""
    danylo = accounts.citizen(session, first_name="Danylo")
    family, part = make.shared(session, oksana)
    part.citizen, part.opened_at = danylo, clock.now()
    session.flush()
    mine, filled = part_queries.filled_for(session, part.id, asker=danylo)
    for answers in (
        {Place("works", None, DANYLO): False},
        {Place("school", None, DANYLO): "Lindenschule"},
        {Place("illness", None, DANYLO): "Asthma"},
    ):
        saved = parts.save(
            session, part=mine, filled=filled, answers=answers, by=danylo, now=clock.now()
        )
        filled = saved.filled
    reading = along.running(session, family, oksana, jana)
    session.commit()
    browser, address = browse(jana), f"/amt/antraege/mitlesen/{reading.id}"
    page = browser.get(address).text
    assert "Petro" in page
    for closed in ("Lindenschule", "Asthma"):
        assert closed not in page
    for question in ("works", "school", "illness"):
        asked = f"{address}/frage/{question}?fuer={DANYLO}"
        assert browser.get(asked).status_code == 404
        assert browser.post_form(asked, {question: "Neu"}).status_code == 404
    for owner in (PETRO, APPLICANT):
        assert browser.get(f"{address}/frage/works?fuer={owner}").status_code == 200


def test_what_is_private_about_others_waits(session, browse, oksana, jana):
    """Given that she has said how her son is, then the office reads it when it is sent."""
    family = make.family(session, oksana)
    own = {Place("school", None, DANYLO): "Lindenschule", Place("illness", None, DANYLO): "Asthma"}
    whole = queries.filled_for(session, family.id, asker=oksana)
    service.save_answers(session, filled=whole, answers=own, by=oksana, now=clock.now())
    reading = along.running(session, family, oksana, jana)
    session.commit()
    browser, address = browse(jana), f"/amt/antraege/mitlesen/{reading.id}"
    page = browser.get(address).text
    assert "Lindenschule" in page
    assert "Asthma" not in page
    assert browser.get(f"{address}/frage/illness?fuer={DANYLO}").status_code == 404


def test_the_page_of_the_office_asks_as_often_with_many_answers(session, browse, oksana, jana):
    few = make.draft(session, oksana, {"lives_alone": False})
    reading = along.running(session, few, oksana, jana)
    session.commit()
    browser, address = browse(jana), f"/amt/antraege/mitlesen/{reading.id}"

    def queries_of():
        browser.get(address)
        with counted_queries() as statements:
            browser.get(address)
        return len(statements)

    before = queries_of()
    many = {f"member_first_name@{number}": "Danylo" for number in range(30)}
    make.draft(session, oksana, make.NOTHING_CHANGED | {"lives_alone": False} | many)
    along.proposed(session, reading, jana, {f"member_first_name@{n}": "Mila" for n in range(20)})
    session.commit()
    assert queries_of() == before <= 12


def test_only_drafts_are_read_along(session, hers, oksana):
    sent = make.sent(session, oksana)
    session.commit()
    assert hers.get(f"/antraege/{sent.id}/mitlesen").status_code == 302
    assert hers.post_form(f"/antraege/{sent.id}/mitlesen").status_code == 409
    assert session.scalars(select(Application)).all()
    assert session.scalars(select(DraftReading)).all() == []
