"""The day on which a letter really came: it counts when it is later, and every answer is kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.audit.queries import events_about
from portal.core.errors import Conflict, InvalidInput
from portal.inbox.models import ItemKind, WorkItem
from portal.postbox import arrivals, queries, service
from portal.postbox.models import Arrival, Basis, Letter, LetterKind
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import postbox as make

SENT = datetime(2026, 11, 23, 11, tzinfo=UTC)
DEEMED, UNTIL = date(2026, 11, 27), date(2026, 12, 28)
LATER = datetime(2027, 2, 20, 9, tzinfo=UTC)

# Posted on 23 November 2026, so by rule it counts from the 27th: the day it came, from when it
# counts, the end of one month, Land (§ 37 (2) SGB X, §§ 64, 84 SGG).
VECTORS = [
    (date(2026, 11, 24), DEEMED, UNTIL, "HE"),  # earlier than by rule: the rule
    (date(2026, 11, 27), DEEMED, UNTIL, "HE"),  # on the very day
    (date(2026, 11, 28), date(2026, 11, 28), UNTIL, "HE"),  # a Saturday counts; the 28th is Monday
    (date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 30), "HE"),
    (date(2026, 12, 1), date(2026, 12, 1), date(2027, 1, 4), "HE"),  # New Year, then a weekend
    (date(2026, 12, 6), date(2026, 12, 6), date(2027, 1, 6), "HE"),
    (date(2026, 12, 6), date(2026, 12, 6), date(2027, 1, 7), "BY"),  # Epiphany
    (date(2027, 1, 31), date(2027, 1, 31), date(2027, 3, 1), "HE"),  # the 28th is a Sunday
    (date(2027, 2, 8), date(2027, 2, 8), date(2027, 3, 9), "BE"),  # Women's Day
]


def posted(session: Session, *, land: str = "HE") -> tuple[Letter, Citizen]:
    """Write a summons (it can be objected to) and give it to the post."""
    citizen = make.known(session)
    letter = make.letter(session, citizen, now=SENT, kind=LetterKind.SUMMONS)
    make.posted(session, letter, clerk(session, letter), now=SENT, land=land)
    return letter, citizen


def clerk(session: Session, letter: Letter) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, team=letter.case.team)


def tell(session: Session, letter: Letter, on: date | None, *, land: str = "HE") -> bool:
    moved = arrivals.tell(
        session,
        letter=letter,
        arrived_on=on,
        words="Ich war verreist.",
        by=letter.citizen,
        now=LATER,
        land=land,
    )
    session.flush()
    return moved


def items(session: Session, letter: Letter) -> list[WorkItem]:
    wanted = select(WorkItem).where(
        WorkItem.subject_id == letter.id, WorkItem.kind == ItemKind.LETTER_ARRIVAL
    )
    return list(session.scalars(wanted))


@pytest.mark.parametrize(("came", "counts", "until", "land"), VECTORS)
def test_a_later_arrival_counts_and_an_earlier_one_does_not(
    session: Session, came: date, counts: date, until: date, land: str
) -> None:
    letter, _ = posted(session, land=land)
    moved = tell(session, letter, came, land=land)
    assert (letter.counts_from, letter.remedy_until) == (counts, until)
    assert moved == (counts != DEEMED)


@pytest.mark.parametrize(
    ("came", "until"),
    [
        (date(2026, 11, 25), date(2027, 2, 25)),  # sooner than by the rule at home
        (date(2026, 12, 9), date(2027, 3, 9)),
        (date(2026, 11, 30), date(2027, 3, 1)),  # no 30 February; the 28th is a Sunday
    ],
)
def test_abroad_only_the_day_of_arrival_counts_and_nothing_before_it_is_known(
    session: Session, came: date, until: date
) -> None:
    """§ 37 (2) sentence 1 SGB X holds for the post within the country, § 84 (1) SGG: 3 months."""
    citizen = make.known(session)
    letter = make.letter(session, citizen, now=SENT, kind=LetterKind.SUMMONS)
    letter.is_abroad = True
    make.posted(session, letter, clerk(session, letter), now=SENT, land="HE")
    assert (letter.counts_from, letter.remedy_until) == (None, None)

    assert tell(session, letter, came)

    assert (letter.counts_from, letter.remedy_until) == (came, until)
    assert "in ein anderes Land" in (letter.deadline_reason or "")


class TestVersions:
    def test_the_new_answer_has_its_reason_and_the_old_one_is_kept(self, session: Session) -> None:
        letter, _ = posted(session)
        before = letter.deadline_reason
        tell(session, letter, date(2026, 12, 4))

        new, old = queries.deadlines_of(session, letter=letter)

        assert (old.number, old.counts_from, old.remedy_until) == (1, DEEMED, UNTIL)
        assert (old.reason, old.settled_at) == (before, SENT)
        assert (new.number, new.counts_from, new.settled_at) == (2, date(2026, 12, 4), LATER)
        assert new.reason == letter.deadline_reason
        assert "Freitag, 4. Dezember 2026 (§ 37 Absatz 2 SGB X)" in new.reason
        assert "Freitag, 27. November 2026" in new.reason
        assert "§ 84 Absatz 1 SGG" in new.reason

    def test_what_changes_nothing_is_kept_as_said_and_makes_no_new_answer(
        self, session: Session
    ) -> None:
        letter, _ = posted(session)
        tell(session, letter, date(2026, 11, 25))
        assert len(queries.deadlines_of(session, letter=letter)) == 1
        [said] = queries.arrivals_of(session, letter=letter)
        assert (said.arrived_on, said.basis) == (date(2026, 11, 25), Basis.TOLD)
        assert items(session, letter) == []

    def test_the_trail_knows_who_said_it(self, session: Session) -> None:
        letter, _ = posted(session)
        tell(session, letter, date(2026, 12, 4))
        deeds = [event.deed for event in events_about(session, kind="letter", id=letter.id)]
        assert {"postbox.arrival_told", "postbox.deadline_settled"} <= set(deeds)


class TestOffice:
    def test_it_is_shown_what_was_told_and_may_note_another_day(self, session: Session) -> None:
        letter, _ = posted(session)
        tell(session, letter, date(2027, 1, 15))
        [item] = items(session, letter)
        assert "15.01.2027" in item.reason
        assert item.case_id == letter.case_id

        arrivals.note(
            session,
            letter=letter,
            arrived_on=date(2026, 12, 4),
            words="Poststempel vom 3. Dezember",
            by=clerk(session, letter),
            now=LATER,
            land="HE",
        )
        session.flush()

        assert letter.remedy_until == date(2027, 1, 4)
        assert items(session, letter)[0].closed_at == LATER
        assert len(queries.deadlines_of(session, letter=letter)) == 3

    def test_never_before_the_day_by_rule(self, session: Session) -> None:
        letter, _ = posted(session)
        tell(session, letter, date(2027, 1, 15))
        arrivals.note(
            session,
            letter=letter,
            arrived_on=date(2026, 11, 24),
            words="Zusteller: am 24. eingeworfen",
            by=clerk(session, letter),
            now=LATER,
            land="HE",
        )
        assert (letter.counts_from, letter.remedy_until) == (DEEMED, UNTIL)


class TestImpossible:
    @pytest.mark.parametrize("on", [None, date(2026, 11, 22), date(2027, 2, 21)])
    def test_no_day_before_the_post_and_none_to_come(
        self, session: Session, on: date | None
    ) -> None:
        letter, _ = posted(session)
        with pytest.raises(InvalidInput) as refused:
            tell(session, letter, on)
        assert refused.value.field == "arrived_on"
        assert letter.remedy_until == UNTIL

    def test_nothing_before_it_was_sent(self, session: Session) -> None:
        letter = make.letter(session, make.known(session), now=SENT, kind=LetterKind.SUMMONS)
        with pytest.raises(Conflict):
            tell(session, letter, SENT.date())

    def test_not_again_and_again(self, session: Session) -> None:
        letter, _ = posted(session)
        for day in range(1, 6):
            tell(session, letter, date(2026, 12, day))
        with pytest.raises(Conflict):
            tell(session, letter, date(2026, 12, 6))


class TestPortal:
    """Of what lies in the portal the day of opening counts (§ 37 (2a) SGB X)."""

    def provided(self, session: Session) -> Letter:
        citizen = make.known(session)
        make.consent(session, citizen, now=SENT)
        letter = make.letter(session, citizen, now=SENT, kind=LetterKind.SUMMONS)
        make.sent(session, letter, at=SENT)
        return letter

    def test_opened_late_that_day_counts_once_it_is_told(self, session: Session) -> None:
        letter = self.provided(session)
        opened = SENT + timedelta(days=8)
        service.note_view(session, letter=letter, by=letter.citizen, now=opened)
        assert letter.remedy_until == UNTIL  # who says nothing got the notice in time

        assert tell(session, letter, date(2027, 2, 1))  # the day that is named does not matter

        assert (letter.counts_from, letter.remedy_until) == (date(2026, 12, 1), date(2027, 1, 4))
        assert "§ 37 Absatz 2a SGB X" in letter.deadline_reason

    def test_opened_at_once_nothing_moves(self, session: Session) -> None:
        letter = self.provided(session)
        service.note_view(session, letter=letter, by=letter.citizen, now=SENT)
        assert not tell(session, letter, None)
        assert letter.remedy_until == UNTIL


class TestPages:
    def test_the_citizen_tells_it_and_reads_why(
        self, client: PortalClient, session: Session
    ) -> None:
        letter, citizen = posted(session)
        client.sign_in(citizen)
        here = f"/postfach/{letter.id}"
        assert f"{here}/ankunft" in client.get(here).text
        assert "Montag, 28. Dezember 2026" in client.get(f"{here}/ankunft").text

        refused = client.post_form(f"{here}/ankunft", {"arrived_on": "20.11.2026"})
        assert refused.status_code == 422
        assert "noch nicht abgeschickt" in refused.text
        client.post_form(
            f"{here}/ankunft", {"arrived_on": "24.11.2026", "words": "<b>So war es</b>"}
        )

        said = session.scalars(select(Arrival)).one()
        assert said.words == "<b>So war es</b>"
        assert "&lt;b&gt;So war es" in client.get(here).text

    def test_another_person_finds_nothing(self, client: PortalClient, session: Session) -> None:
        letter, _ = posted(session)
        client.sign_in(make.known(session))
        assert client.get(f"/postfach/{letter.id}/ankunft").status_code == 404
        assert client.post_form(f"/postfach/{letter.id}/ankunft").status_code == 404

    def test_a_letter_that_rules_nothing_asks_nothing(
        self, client: PortalClient, session: Session
    ) -> None:
        citizen = make.known(session)
        letter = make.letter(session, citizen, now=SENT)
        client.sign_in(citizen)
        assert client.get(f"/postfach/{letter.id}/ankunft").status_code == 404

    def test_the_office_notes_it_and_sees_what_was_before(
        self, client: PortalClient, session: Session
    ) -> None:
        letter, _ = posted(session)
        client.sign_in(clerk(session, letter))
        here = f"/amt/briefe/{letter.id}"
        empty = client.post_form(f"{here}/ankunft", {"ankunft-arrived_on": "26.11.2026"})
        assert empty.status_code == 422
        assert "Schreiben Sie, woher" in empty.text

        day = {"ankunft-arrived_on": "27.11.2026", "ankunft-why": "Anruf heute"}
        assert client.post_form(f"{here}/ankunft", day).status_code == 302

        page = client.get(here).text
        assert "Vom Jobcenter eingetragen" in page
        assert "Anruf heute" in page
