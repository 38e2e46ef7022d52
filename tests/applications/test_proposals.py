"""Proposals of the office: beside the answers of a draft, until the person decides."""

import re
import uuid

import pytest
from sqlalchemy import select

from portal.accounts.models import Power
from portal.applications import (
    jobs,
    moving,
    proposals,
    queries,
    reading_queries,
    reading_rules,
    service,
)
from portal.applications.models import Answer, Source
from portal.applications.places import Kept, Place
from portal.applications.reading_along import Proposal
from portal.applications.sheet import Sheet
from portal.audit.models import Event
from portal.casefiles.models import Document, DocumentKind
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.core.vault import service as vault
from tests.applications.proposed import address_of, decide, open_proposals, stored
from tests.applications.test_jobs import words_of
from tests.applications.test_moving import FIRST, NOW, no_question_alone, version
from tests.factories import accounts, representation
from tests.factories import applications as make
from tests.factories import reading_along as along
from tests.queries import counted_queries

STREET = Place("street")
PETRO, DANYLO = make.row(1), make.row(2)


# Deciding


def test_only_who_fills_the_draft_in_decides(session, browse, reading, draft, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    stranger = accounts.citizen(session)
    other = make.draft(session, stranger, make.NOTHING_CHANGED)
    session.commit()
    (one,) = open_proposals(session)
    browser = browse(stranger)
    for draft_id in (draft.id, other.id):
        for answer in ("accept", "refuse"):
            forged = browser.post_form(
                f"/antraege/{draft_id}/vorschlag/{one.id}", {"answer": answer}
            )
            assert forged.status_code == 404
    assert browse(jana).post_form(
        f"/antraege/{draft.id}/vorschlag/{one.id}", {"answer": "accept"}
    ).status_code in {302, 403, 404}
    assert len(open_proposals(session)) == 1
    values = session.scalars(select(Answer.value).where(Answer.question_id == "street")).all()
    assert values == ["Lindenweg 4"] * 2


def test_without_a_choice_nothing_happens(session, hers, reading, draft, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    session.commit()
    (one,) = open_proposals(session)
    for given in ({}, {"answer": "vielleicht"}):
        answer = hers.post_form(f"/antraege/{draft.id}/vorschlag/{one.id}", given)
        assert answer.status_code == 422
    assert len(open_proposals(session)) == 1


def test_what_changed_meanwhile_is_read_again(session, hers, browse, oksana, reading, draft, jana):
    """Given an answer typed on the phone, when the old page accepts, then it stays."""
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    session.commit()
    page = f"/antraege/{draft.id}/anschrift"
    shown = re.search(r'name="shown" value="([^"]*)"', hers.get(page).text)[1]
    fields = {"street": "Am Markt 1", "postcode": "35390", "city": "Lindenau"}
    browse(oksana).post_form(page, fields)
    answer = decide(hers, draft, "accept", shown=shown)
    assert answer.location == f"/antraege/{draft.id}"
    assert "hat sich inzwischen geändert" in hers.get(answer.location).text
    assert stored(session) == ("Am Markt 1", Source.TYPED, None)
    assert len(open_proposals(session)) == 1
    decide(hers, draft, "accept")
    assert stored(session) == ("Lindenweg 14", Source.PROPOSED, jana.name)


def test_a_newer_proposal_is_not_accepted_by_the_button_of_the_old(
    session, hers, reading, draft, jana
):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    session.commit()
    old = open_proposals(session)[0].id
    along.proposed(session, reading, jana, {"street": "Lindenweg 41"})
    session.commit()
    for answer in ("accept", "refuse"):
        forged = hers.post_form(f"/antraege/{draft.id}/vorschlag/{old}", {"answer": answer})
        assert forged.status_code == 404
    assert stored(session)[0] == "Lindenweg 4"
    assert open_proposals(session)[0].value == "Lindenweg 41"


def test_typing_it_by_hand_settles_it(session, hers, at_the_office, reading, draft, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    session.commit()
    fields = {"street": "Lindenweg 14", "postcode": "35390", "city": "Lindenau"}
    hers.post_form(f"/antraege/{draft.id}/anschrift", fields)
    assert stored(session) == ("Lindenweg 14", Source.TYPED, None)
    assert "Nicht übernehmen" not in hers.get(f"/antraege/{draft.id}").text
    assert "Steht jetzt so im Entwurf" in at_the_office.get(address_of(reading)).text


def test_saving_the_page_keeps_the_source_and_changing_makes_it_hers(
    session, hers, reading, draft, jana
):
    """Given an accepted proposal, when the page is saved as it is, then the source stays."""
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    session.commit()
    decide(hers, draft, "accept")
    fields = {"street": "Lindenweg 14", "postcode": "35390", "city": "Lindenau"}
    page = f"/antraege/{draft.id}/anschrift"
    hers.post_form(f"{page}/merken", fields)
    hers.post_form(page, fields)
    assert stored(session) == ("Lindenweg 14", Source.PROPOSED, jana.name)
    hers.post_form(page, fields | {"street": "Lindenweg 15"})
    assert stored(session) == ("Lindenweg 15", Source.TYPED, None)


def test_autosave_leaves_a_proposal_alone(session, hers, reading, draft, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    session.commit()
    answer = hers.post_form(
        f"/antraege/{draft.id}/anschrift/merken", {"street": "Am Markt 1", "only": "street"}
    )
    assert answer.get_json()["fields"]["street"]["state"] == "saved"
    assert len(open_proposals(session)) == 1
    assert stored(session) == ("Am Markt 1", Source.TYPED, None)


def test_a_question_that_is_gone_sets_its_proposal_aside(
    session, hers, reading, draft, oksana, jana
):
    """Given a proposal for a job, when she says she has none, then it is aside and she reads so."""
    make.draft(session, oksana, make.A_JOB)
    along.proposed(session, reading, jana, {"job_employer@1": "Bäckerei Groß"})
    filled = queries.filled_for(session, draft.id, asker=oksana)
    gone = {Place("income_kinds"): ["none"]}
    service.save_answers(session, filled=filled, answers=gone, by=oksana, now=clock.now())
    session.commit()
    page = hers.get(f"/antraege/{draft.id}").text
    assert "passt gerade nicht" in page
    assert "Bäckerei Groß" in page
    (one,) = open_proposals(session)
    answer = hers.post_form(f"/antraege/{draft.id}/vorschlag/{one.id}", {"answer": "accept"})
    assert "passt nicht mehr" in hers.get(answer.location).text
    assert stored(session, "job_employer")[0] == "Bäckerei"
    decide(hers, draft, "refuse")
    assert open_proposals(session) == []


def test_a_proposal_in_a_row_is_decided_at_the_row(session, hers, reading, draft, oksana, jana):
    make.draft(session, oksana, make.A_JOB)
    along.proposed(session, reading, jana, {"job_employer@1": "Bäckerei Groß"})
    with pytest.raises(NotFound):  # not in a row that is not there
        along.proposed(session, reading, jana, {"job_employer": "X"})
    with pytest.raises(NotFound):
        along.proposed(session, reading, jana, {"job_employer@2": "X"})
    session.commit()
    page = f"/arbeit/eintrag/{make.row(1)}"
    answer = decide(hers, draft, "accept", page)
    assert answer.location == f"/antraege/{draft.id}{page}"
    assert stored(session, "job_employer") == ("Bäckerei Groß", Source.PROPOSED, jana.name)


def test_a_card_shows_what_is_proposed_in_it(session, hers, oksana, jana):
    """Given a renewal on cards, when the office proposes, then the card of that part says so."""
    make.sent(session, oksana)
    following = make.draft(session, oksana)
    reading = along.running(session, following, oksana, jana)
    along.proposed(session, reading, jana, {"street": "Lindenweg 14", "lives_alone": False})
    session.commit()
    page = hers.get(f"/antraege/{following.id}/karte/about_you").text
    assert "Lindenweg 14" in page
    assert page.count('value="accept"') == 1
    assert f"{jana.name} vom Jobcenter liest mit" in page


def test_the_way_back_leads_nowhere_else(session, hers, reading, draft, jana):
    for back in ("https://example.org/", "//example.org/x", "a/b", "street/x/y", "nirgends//"):
        along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
        session.commit()
        answer = decide(hers, draft, "refuse", back=back)
        assert answer.location == f"/antraege/{draft.id}", back


def test_a_person_who_is_gone_is_not_accepted(session, oksana, jana):
    """Given a proposal that names Petro, when Petro is taken out, then it fits no more."""
    family = make.family(session, oksana)
    reading = along.running(session, family, oksana, jana)
    along.proposed(session, reading, jana, {"tenant": str(PETRO)})
    filled = queries.filled_for(session, family.id, asker=oksana)
    group = filled.sheet.form.people
    filled = service.remove_row(
        session, filled=filled, group=group, row=PETRO, owner=None, by=oksana, now=clock.now()
    )
    (one,) = open_proposals(session)
    with pytest.raises(Conflict):
        proposals.accept(session, filled=filled, id=one.id, shown="", by=oksana, now=clock.now())


def test_a_helper_sees_no_proposal_about_what_is_private(session, oksana, jana, browse):
    """Given a part that was given away since, then its private question is not decided by her."""
    family = make.family(session, oksana)
    reading = along.running(session, family, oksana, jana)
    private = Place("illness", None, DANYLO)
    session.add(
        Proposal(
            application_id=family.id,
            question_id="illness",
            owner_id=DANYLO,
            value="Asthma",
            by_id=jana.id,
            by_name=jana.name,
            proposed_at=clock.now(),
        )
    )
    with pytest.raises(NotFound):
        along.proposed(session, reading, jana, {private: "Rheuma"})
    _, part = (
        queries.application_for(session, family.id, asker=oksana),
        make.parts.invite(
            session,
            filled=queries.filled_for(session, family.id, asker=oksana),
            owner=DANYLO,
            by=oksana,
            now=clock.now(),
        ),
    )
    part[0].citizen, part[0].opened_at = accounts.citizen(session), clock.now()
    session.commit()
    hers = browse(oksana)
    assert "Asthma" not in hers.get(f"/antraege/{family.id}").text
    (one,) = open_proposals(session)
    for answer in ("accept", "refuse"):
        forged = hers.post_form(f"/antraege/{family.id}/vorschlag/{one.id}", {"answer": answer})
        assert forged.status_code in {302, 404}
    assert len(open_proposals(session)) == 1


def test_who_may_only_see_decides_nothing(session, browse, oksana, reading, draft, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    helper = accounts.citizen(session)
    given = make_right(session, oksana, helper, [Power.SEE])
    session.commit()
    browser = browse(helper)
    browser.post_form("/vertretung/wechseln", {"representation": str(given.id)})
    page = browser.get(f"/antraege/{draft.id}").text
    assert 'value="accept"' not in page
    (one,) = open_proposals(session)
    forged = browser.post_form(f"/antraege/{draft.id}/vorschlag/{one.id}", {"answer": "refuse"})
    assert forged.status_code == 404
    assert len(open_proposals(session)) == 1


def make_right(session, principal, helper, powers):
    return representation.representation(
        session, principal=principal, representative=helper, powers=powers
    )


# Sending, moving, reading it later


def test_what_was_sent_says_what_was_proposed(
    session, hers, at_the_office, reading, draft, oksana, jana
):
    """Given an accepted proposal, when it is sent, then office, status and receipt say by whom."""
    along.proposed(session, reading, jana, {"street": "Lindenweg 14", "city": "Gießen"})
    session.commit()
    decide(hers, draft, "accept")
    service.submit(session, application=draft, key=uuid.uuid4(), by=oksana, now=clock.now())
    draft.case.team_id = jana.team_id
    session.commit()
    assert open_proposals(session) == []
    lapsed = session.scalars(
        select(Event).where(Event.deed == "applications.proposals_lapsed")
    ).one()
    assert lapsed.facts["count"] == 1
    told = f"Vorschlag von {jana.name} vom Jobcenter, übernommen"
    assert hers.get(f"/antraege/{draft.id}").text.count(told) == 1
    assert told in at_the_office.get(f"/amt/antraege/{draft.id}").text
    jobs.write_receipt(session, now=clock.now(), application_id=str(draft.id))
    receipt = session.scalars(select(Document).where(Document.kind == DocumentKind.RECEIPT)).one()
    words = " ".join(words_of(vault.read(session, receipt.served_file_id)).split())
    assert words.count(told) == 1


def test_the_next_renewal_takes_the_answer_as_known(session, reading, draft, oksana, jana):
    along.proposed(session, reading, jana, {"street": "Lindenweg 14"})
    filled = queries.filled_for(session, draft.id, asker=oksana)
    (one,) = open_proposals(session)
    mark = reading_rules.merging.mark("Lindenweg 4")
    proposals.accept(session, filled=filled, id=one.id, shown=mark, by=oksana, now=clock.now())
    service.submit(session, application=draft, key=uuid.uuid4(), by=oksana, now=clock.now())
    following = make.draft(session, oksana)
    kept = make.sheet(session, following).kept[STREET]
    assert (kept.value, kept.source, kept.by) == ("Lindenweg 14", Source.EARLIER, None)


def test_a_proposal_goes_along_to_a_new_version_or_is_told(session, oksana, jana, app):
    """Given proposals, when a version drops one question, then that one is told and gone."""
    with app.test_request_context():
        draft = service.begin(session, definition=FIRST, by=oksana, now=NOW)
        filled = queries.filled_for(session, draft.id, asker=oksana)
        service.save_answers(session, filled=filled, answers=FIRST_ANSWERS, by=oksana, now=NOW)
        reading = along.running(session, draft, oksana, jana)
        sheet = reading_queries.sheet_along(session, application=draft)
        for place, value in PROPOSED.items():
            assert reading_rules.is_asked(sheet, place), place
            along.proposed(session, reading, jana, {place: value})
        moving.move_draft(session, application=draft, form=version(2, no_question_alone), now=NOW)
    left = {one.question_id for one in open_proposals(session)}
    told = [one for one in draft.moved if one["fate"] == "proposal"]
    assert left == {"kind"}
    assert [one["value"] for one in told] == ["Nein"]


FIRST_ANSWERS = {Place("kind"): "two", Place("alone"): True}
PROPOSED = {Place("kind"): "one", Place("alone"): False}


# Pure


def test_a_proposed_answer_counts_as_her_own():
    kept = Kept("X", Source.PROPOSED, "Jana", is_confirmed=True)
    assert kept.is_own


def test_the_office_proposes_no_declaration_no_paper_no_list():
    form = make.form()
    never = {"truth"} | {one.id for one in form.groups}
    for question in form.every_question:
        assert reading_rules.may_be_proposed(question) == (
            question.id not in never and question.type not in {"document", "declaration"}
        )


def test_only_what_differs_is_proposed():
    sheet = Sheet(make.form(), {STREET: Kept("A")}, day=clock.local_date(NOW))
    with pytest.raises(InvalidInput):
        reading_rules.check_is_new(sheet, STREET, "A")
    reading_rules.check_is_new(sheet, STREET, "B")


def test_her_pages_ask_as_often_with_many_proposals(session, hers, reading, draft, jana):
    def queries_of(path):
        hers.get(f"/antraege/{draft.id}{path}")
        with counted_queries() as statements:
            hers.get(f"/antraege/{draft.id}{path}")
        return len(statements)

    pages = ("", "/anschrift", "/pruefen", "/mitlesen")
    before = [queries_of(page) for page in pages]
    many = {"street": "A", "postcode": "10115", "city": "B", "first_name": "C", "last_name": "D"}
    along.proposed(session, reading, jana, many)
    session.commit()
    assert [queries_of(page) for page in pages] == before
