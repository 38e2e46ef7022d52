"""The demo office shows what happens after sending: rounds, changes, own parts, known answers."""

import pytest
from sqlalchemy import select

from portal.applications import correction_queries, part_queries, queries, renewal
from portal.applications.models import ApplicationState
from portal.core import clock
from portal.dev import changes
from portal.dev.people import CITIZENS
from portal.dev.stage import enrol, open_office
from portal.inbox.models import ItemKind, WorkItem


@pytest.fixture
def leads(session):
    """Tell the stories of this part of the office, with the partner who only has an account."""
    office = open_office(session, clock.now())
    found = {}
    for demo in CITIZENS:
        if demo.story in changes.STORIES or demo.email.startswith(changes.PARTNER):
            lead = found[demo.story] = enrol(office, demo)
            if tell := changes.STORIES.get(demo.story):
                tell(office, lead)
    changes.give_part(office)
    session.flush()
    return found


def newest(session, lead):
    [*_, last] = sorted(
        queries.applications_of(session, asker=lead.citizen), key=lambda one: one.started_at
    )
    return last


def test_the_demo_shows_what_comes_after_sending(session, leads):
    asked = newest(session, leads["correction_open"])
    [round] = correction_queries.rounds_of(session, application=asked)
    assert len(round.marks) == 3
    assert round.answered_at is None

    answered = newest(session, leads["correction_answered"])
    [round] = correction_queries.rounds_of(session, application=answered)
    assert correction_queries.answer_to(session, round=round).number == 1

    changed = newest(session, leads["supplemented"])
    assert [one.number for one in queries.supplements_to(session, ids=[changed.id])[changed.id]]
    waiting = set(session.scalars(select(WorkItem.kind).where(WorkItem.closed_at.is_(None))))
    assert {ItemKind.SUPPLEMENT, ItemKind.CORRECTION_ANSWERED} <= waiting


def test_the_demo_shows_known_answers_on_cards(session, leads):
    draft = newest(session, leads["renewal_known"])
    assert draft.state is ApplicationState.DRAFT
    sheet = queries.filled_for(session, draft.id, asker=leads["renewal_known"].citizen).sheet
    cards = {part.section.id for part in sheet.parts if renewal.is_card(sheet, part)}
    assert {"about_you", "household", "kdu_home", "ki_child", "ek_income", "vm_money"} <= cards


def test_the_demo_shows_the_part_of_somebody_else(session, leads):
    [part] = part_queries.held_by(session, asker=leads["new"].citizen)
    assert part.application.citizen_id == leads["household_part"].citizen.id
