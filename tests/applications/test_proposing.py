"""Making proposals while reading along: what the office can propose, and what it cannot."""

import re
import uuid

import pytest
from sqlalchemy import select

from portal.accounts.models import Role
from portal.applications import (
    readings,
)
from portal.applications.models import Source
from portal.applications.places import APPLICANT
from portal.audit.models import Event
from portal.core import clock
from portal.core.errors import NotFound
from tests.applications.proposed import address_of, decide, open_proposals, stored
from tests.factories import accounts
from tests.factories import reading_along as along


def test_a_proposal_lies_beside_the_draft_until_she_accepts(
    session, hers, at_the_office, reading, draft, jana
):
    """Given a proposal, when she accepts it, then it is her answer and says by whom it was made."""
    page = at_the_office.get(address_of(reading)).text
    way = re.search(r'href="([^"]+/frage/street[^"]*)"', page)[1]
    assert at_the_office.get(way).status_code == 200
    sent = at_the_office.post_form(way, {"street": "Lindenweg 14"})
    assert sent.location == address_of(reading)
    assert "Lindenweg 14" in at_the_office.get(address_of(reading)).text
    assert stored(session) == ("Lindenweg 4", Source.TYPED, None)

    for path in ("", "/anschrift", "/pruefen"):
        page = hers.get(f"/antraege/{draft.id}{path}").text
        assert "Lindenweg 14" in page, path
        assert "Nicht übernehmen" in page
        assert jana.name in page
    assert decide(hers, draft, "accept").status_code == 302
    assert stored(session) == ("Lindenweg 14", Source.PROPOSED, jana.name)
    assert open_proposals(session) == []
    told = f"Vorschlag von {jana.name} vom Jobcenter, übernommen"
    assert told in hers.get(f"/antraege/{draft.id}/pruefen").text
    event = session.scalars(
        select(Event).where(Event.deed == "applications.proposal_accepted")
    ).one()
    assert event.facts["proposed_by"] == {"id": str(jana.id), "name": jana.name}
    assert event.facts["question"] == "street"
    assert "Lindenweg" not in str(event.facts)


def test_both_ways_weigh_the_same(session, hers, reading, draft, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    session.commit()
    page = hers.get(f"/antraege/{draft.id}").text
    classes = re.findall(r'<button class="([^"]+)" form="vorschlag-1"', page)
    assert len(classes) == 2
    assert len(set(classes)) == 1
    assert "primary" not in classes[0]


def test_a_refused_one_is_gone_and_the_answer_stays(session, hers, reading, draft, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    session.commit()
    answer = decide(hers, draft, "refuse", "/anschrift")
    assert answer.location == f"/antraege/{draft.id}/anschrift"
    assert open_proposals(session) == []
    assert stored(session) == ("Lindenweg 4", Source.TYPED, None)
    assert "Lindenweg 14" not in hers.get(f"/antraege/{draft.id}").text


@pytest.mark.parametrize(
    ("question", "typed"),
    [
        ("street", {"street": ""}),
        ("street", {"street": "x" * 5000}),
        ("street", {}),
        ("birth_date", {"birth_date": "31.02.1990"}),
        ("birth_date", {"birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "2099"}),
        ("assets_savings", {"assets_savings": "viel"}),
        ("assets_savings", {"assets_savings": "1e9999"}),
        ("moved", {"moved": "vielleicht"}),
        ("utility_statement", {"utility_statement": "<script>"}),
        ("income_kinds", {"income_kinds": ["none", "job"]}),
        ("income_kinds", {"income_kinds": "erfunden"}),
    ],
)
def test_what_no_field_takes_is_no_proposal(session, at_the_office, reading, question, typed):
    answer = at_the_office.post_form(f"{address_of(reading)}/frage/{question}", typed)
    assert answer.status_code == 422
    assert open_proposals(session) == []


def test_what_stands_there_already_is_no_proposal(session, at_the_office, reading):
    answer = at_the_office.post_form(
        f"{address_of(reading)}/frage/street", {"street": "Lindenweg 4"}
    )
    assert answer.status_code == 422
    assert "steht schon so" in answer.text
    assert open_proposals(session) == []


@pytest.mark.parametrize("path", ["truth", "job_employer", "nirgends", "jobs", "../street"])
def test_only_questions_that_are_asked_and_typed(session, at_the_office, reading, path):
    """A declaration, a row that is not there, a list, a question of nowhere: there is nothing."""
    for address in (
        f"{address_of(reading)}/frage/{path}",
        f"{address_of(reading)}/frage/{path}?zeile={uuid.uuid4()}",
        f"{address_of(reading)}/frage/{path}?fuer={APPLICANT}",
        f"{address_of(reading)}/frage/{path}?zeile=x&fuer=y",
    ):
        assert at_the_office.get(address).status_code == 404
        assert at_the_office.post_form(address, {path: "yes"}).status_code == 404
    assert open_proposals(session) == []


def test_a_forged_reading_is_none(session, at_the_office, reading):
    for id in (uuid.uuid4(), reading.application_id):
        address = f"/amt/antraege/mitlesen/{id}"
        assert at_the_office.get(address).status_code == 404
        assert (
            at_the_office.post_form(f"{address}/frage/street", {"street": "X"}).status_code == 404
        )
    assert open_proposals(session) == []


def test_nobody_proposes_after_the_end(session, reading, oksana, jana):
    readings.end(session, reading=reading, by=oksana, now=clock.now())
    with pytest.raises(NotFound):
        along.proposed(session, reading, jana, {"street": "Lindenweg 14"})


def test_the_newest_counts_and_the_officer_takes_back(session, at_the_office, reading, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    along.proposed(session, reading, jana, {"street": "Lindenweg 41"})
    session.commit()
    (one,) = open_proposals(session)
    assert one.value == "Lindenweg 41"
    back = f"{address_of(reading)}/vorschlag/{one.id}/zuruecknehmen"
    assert at_the_office.post_form(back).status_code == 302
    assert open_proposals(session) == []
    assert at_the_office.post_form(back).status_code == 404


def test_nobody_takes_the_proposal_of_a_colleague_back(session, browse, draft, oksana, reading):
    readings.end(session, reading=reading, by=oksana, now=clock.now())
    first = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    earlier = along.running(session, draft, oksana, first)
    along.proposed(session, earlier, first, {"street": "Lindenweg 14"})
    readings.end(session, reading=earlier, by=oksana, now=clock.now())
    second = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    later = along.running(session, draft, oksana, second)
    session.commit()
    (one,) = open_proposals(session)
    browser = browse(second)
    assert "Lindenweg 14" in browser.get(address_of(later)).text
    back = f"{address_of(later)}/vorschlag/{one.id}/zuruecknehmen"
    assert browser.post_form(back).status_code == 404
    assert len(open_proposals(session)) == 1
