"""A letter that the post brings back: it announces nothing, and waits to be sent anew."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.queries import events_about
from portal.core.errors import Conflict, InvalidInput
from portal.inbox.models import ItemKind, WorkItem
from portal.postbox import jobs, queries, returns, rules, service
from portal.postbox.models import Letter, LetterKind, PrintReason
from portal.postbox.rules import Stand
from portal.postbox.steps import ask_for_print
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import postbox as make

SENT = datetime(2026, 11, 23, 11, tzinfo=UTC)
DAY = timedelta(days=1)
BACK = SENT + 8 * DAY


def written(session: Session, **fields: object) -> Letter:
    """Write a summons (it can be objected to) to somebody whom the office knows."""
    return make.letter(session, make.known(session, **fields), now=SENT, kind=LetterKind.SUMMONS)


def clerk(session: Session, letter: Letter) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, team=letter.case.team)


def come_back(session: Session, letter: Letter, *, on: date | None = None) -> None:
    returns.note(
        session,
        letter=letter,
        returned_on=on or BACK.date(),
        words="Unbekannt verzogen",
        by=clerk(session, letter),
        now=BACK,
        land="HE",
    )
    session.flush()


def test_is_not_delivered_and_waits_for_the_printer_again(session: Session) -> None:
    # Given a letter that counted from its fourth day
    letter = written(session)
    make.posted(session, letter, clerk(session, letter), now=SENT)
    assert letter.counts_from == date(2026, 11, 27)
    # When it comes back
    come_back(session, letter)
    # Then it counts from no day and has no deadline, and what was said stays in the trail
    assert rules.delivery(letter) is None
    assert letter.counts_from is None
    assert letter.remedy_until is None
    assert rules.stand_of(letter) is Stand.RETURNED
    deeds = [one.deed for one in events_about(session, kind="letter", id=letter.id)]
    assert {"postbox.returned", "postbox.deadline_taken_back"} <= set(deeds)
    # And somebody sends it anew
    assert letter.print_reason is PrintReason.RETURNED
    item = session.scalars(
        select(WorkItem).where(
            WorkItem.kind == ItemKind.LETTER_TO_PRINT, WorkItem.closed_at.is_(None)
        )
    ).one()
    assert "kam von der Post zurück" in item.reason


def test_sent_anew_it_counts_by_the_new_posting(session: Session) -> None:
    letter = written(session)
    make.posted(session, letter, clerk(session, letter), now=SENT)
    come_back(session, letter)
    make.posted(session, letter, clerk(session, letter), now=BACK + DAY)
    assert letter.returned_on is None
    assert letter.counts_from == (BACK + 5 * DAY).date()
    come_back_again = BACK + 9 * DAY
    by = clerk(session, letter)
    returns.note(
        session,
        letter=letter,
        returned_on=come_back_again.date(),
        words="Annahme verweigert",
        by=by,
        now=come_back_again,
        land="HE",
    )
    found = queries.returns_of(session, letter=letter)
    assert [one.posted_on for one in found] == [(BACK + DAY).date(), SENT.date()]


def test_the_notice_in_the_portal_announces_nothing_either(session: Session) -> None:
    # Given a letter in the portal that nobody opened, so that it was posted
    citizen = make.known(session)
    make.consent(session, citizen, now=SENT)
    letter = make.letter(session, citizen, now=SENT, kind=LetterKind.SUMMONS)
    make.sent(session, letter, at=SENT)
    ask_for_print(session, letter=letter, reason=PrintReason.NOT_VIEWED, now=SENT)
    make.posted(session, letter, clerk(session, letter), now=SENT + DAY)
    # When it comes back, the notice does not count in its place
    come_back(session, letter)
    jobs.follow(session, now=BACK + DAY)
    assert letter.counts_from is None
    # Until it is opened
    opened = BACK + 2 * DAY
    service.note_view(session, letter=letter, by=citizen, now=opened)
    jobs.follow(session, now=opened)
    assert letter.counts_from == opened.date()
    assert "Der Brief kam von der Post zurück." in (letter.deadline_reason or "")


def test_only_what_is_with_the_post_comes_back_and_never_before_it_went(session: Session) -> None:
    letter = written(session)
    with pytest.raises(Conflict):
        come_back(session, letter)
    make.posted(session, letter, clerk(session, letter), now=SENT)
    for day in (SENT.date() - DAY, BACK.date() + DAY):
        with pytest.raises(InvalidInput) as error:
            come_back(session, letter, on=day)
        assert error.value.field == "returned_on"


def test_the_office_notes_it_on_the_page_of_the_letter(
    client: PortalClient, session: Session
) -> None:
    letter = written(session)
    by, citizen = clerk(session, letter), letter.citizen
    make.posted(session, letter, by, now=SENT)
    session.commit()
    client.sign_in(by)
    page = f"/amt/briefe/{letter.id}"
    assert "Der Brief kam zurück" in client.get(page).text
    empty = client.post_form(f"{page}/zurueckgekommen", {})
    assert empty.status_code == 422
    noted = client.post_form(
        f"{page}/zurueckgekommen",
        {"zurueck-returned_on": "24.11.2026", "zurueck-words": "Unbekannt verzogen"},
    )
    assert noted.location == page
    shown = client.get(page).text
    assert "Unbekannt verzogen" in shown
    assert "Kam von der Post zurück" in shown
    client.sign_in(citizen)
    assert "Bitte prüfen Sie Ihre Anschrift" in client.get(f"/postfach/{letter.id}").text
