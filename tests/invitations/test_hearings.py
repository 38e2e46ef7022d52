"""Hearings: time to answer, in writing or in a talk, before anything is decided."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.errors import Conflict, InvalidInput
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations import hearings, jobs, queries
from portal.invitations.models import Hearing, HearingState
from portal.postbox import paper
from portal.postbox.models import Letter
from tests.factories import appointments as calendars
from tests.factories import casefiles, postbox
from tests.factories import invitations as make
from tests.factories.appointments import MONDAY, NOW


def read(session: Session, hearing: Hearing) -> Hearing:
    """Read a hearing as its page does."""
    return queries.hearing_for(session, hearing.id, asker=hearing.citizen, lock=True)


def items(session: Session) -> list[WorkItem]:
    return list(session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.HEARING)))


def test_says_what_is_planned_by_which_facts_and_until_when(session: Session) -> None:
    hearing = make.hearing(session, postbox.known(session), calendars.officer(session))
    # Monday: leaves on Tuesday, counts on Saturday 21st; 14 days later is a Saturday, so Monday.
    assert hearing.answer_until == date(2026, 12, 7)
    words = str(paper.words(session.get_one(Letter, hearing.letter_id))).replace("\u00a0", " ")
    for needed in (
        "noch nichts entschieden",
        "Regelbedarf für Dezember mindern",
        "§ 32 SGB II",
        "Am 2. November waren Sie nicht beim Termin.",
        "Montag, 7. Dezember 2026",
        "§ 24 SGB X",
        "§ 31a Absatz 2 SGB II",
        "§ 25 SGB X",
    ):
        assert needed in words, needed
    assert "Widerspruch" not in words  # it is no decision yet


def test_one_tap_gives_two_weeks_more_and_only_once(session: Session) -> None:
    citizen = postbox.known(session)
    hearing = make.hearing(session, citizen, calendars.officer(session))
    hearings.extend(session, hearing=read(session, hearing), by=citizen, now=NOW, land="HE")
    assert hearing.answer_until == date(2026, 12, 21)
    with pytest.raises(Conflict, match="schon einmal"):
        hearings.extend(session, hearing=read(session, hearing), by=citizen, now=NOW, land="HE")


def test_after_the_last_day_more_time_counts_from_today(session: Session) -> None:
    """§ 26 (7) SGB X; 17 December and two weeks is New Year's Eve."""
    citizen = postbox.known(session)
    hearing = make.hearing(session, citizen, calendars.officer(session))
    late = NOW + timedelta(days=31)
    jobs.note_overdue(session, now=late)
    [item] = items(session)
    hearings.extend(session, hearing=read(session, hearing), by=citizen, now=late, land="HE")
    assert clock.local_date(late) == date(2026, 12, 17)
    assert hearing.answer_until == date(2026, 12, 31)
    assert item.closed_at is not None


def test_an_answer_in_writing_is_kept_with_its_papers(session: Session) -> None:
    officer, citizen = calendars.officer(session), postbox.known(session)
    hearing = make.hearing(session, citizen, officer)
    papers = [casefiles.sent(session, citizen, casefiles.upload(), now=NOW)]
    given = {"words": "Ich war beim Arzt.", "by": citizen, "now": NOW}
    hearings.answer(session, hearing=read(session, hearing), groups=papers, **given)
    assert (hearing.answer, hearing.state) == ("Ich war beim Arzt.", HearingState.ANSWERED)
    assert len(hearing.answer_papers) == 1
    assert len(items(session)) == 1
    with pytest.raises(Conflict):
        hearings.answer(session, hearing=read(session, hearing), groups=[], **given)


def test_an_answer_in_a_talk_is_a_free_choice(session: Session) -> None:
    officer, citizen = calendars.officer(session), postbox.known(session)
    hearing = make.hearing(session, citizen, officer)
    slot = calendars.slot_at(officer, MONDAY + timedelta(days=1))
    talk = {"slot": slot, "by": citizen, "now": NOW}
    booking = hearings.choose_talk(session, hearing=read(session, hearing), **talk)
    assert booking.chosen_by_citizen
    assert not booking.is_summons
    assert hearings.choose_talk(session, hearing=read(session, hearing), **talk) == booking
    assert hearing.state is HearingState.OPEN  # words in writing may still come


def test_silence_is_put_before_the_office_once(session: Session) -> None:
    hearing = make.hearing(session, postbox.known(session), calendars.officer(session))
    last = NOW + timedelta(days=21)
    assert clock.local_date(last) == hearing.answer_until
    jobs.note_overdue(session, now=last)
    assert items(session) == []
    jobs.note_overdue(session, now=last + timedelta(days=1))
    jobs.note_overdue(session, now=last + timedelta(days=2))
    assert len(items(session)) == 1


def test_closed_by_the_office_nothing_more_comes(session: Session) -> None:
    officer, citizen = calendars.officer(session), postbox.known(session)
    hearing = make.hearing(session, citizen, officer)
    for _ in range(2):
        hearings.close(session, hearing=read(session, hearing), by=officer, now=NOW)
    assert hearing.closed_at == NOW
    with pytest.raises(Conflict):
        hearings.extend(session, hearing=read(session, hearing), by=citizen, now=NOW, land="HE")


@pytest.mark.parametrize("field", ["planned", "facts"])
def test_without_facts_there_is_nothing_to_answer(session: Session, field: str) -> None:
    with pytest.raises(InvalidInput):
        make.hearing(session, postbox.known(session), calendars.officer(session), **{field: "  \n"})
