"""What each letter has to say in law, read off the words that people get."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.core import clock
from portal.invitations import law
from portal.invitations.models import Purpose
from portal.postbox import paper
from portal.postbox.models import Letter, Way
from tests.factories import appointments, postbox
from tests.factories import invitations as make

KNOWN = {
    "SGB I": {"36a"},
    "SGB II": {"7b", "15", "31a", "32", "39", "59"},
    "SGB III": {"309"},
    "SGB X": {"13", "24", "25", "26", "37"},
    "SGG": {"84", "86b"},
    "OZG": {"9a"},
}
"""Paragraphs that letters may name (reference, domain, section c); a new one is looked up first."""
CITED = re.compile(
    r"§§? ?(\d+[a-z]?)(?: Absatz \d+[a-z]?)?(?: Satz \d+)? "
    r"(SGB I{1,3}\b|SGB X\b|SGG|OZG)"
)


def words(session: Session, id: object) -> str:
    """Return what stands on the letter, without tags, on one line."""
    written = paper.words(session.get_one(Letter, id))
    plain = re.sub(r"<[^>]+>", " ", str(written)).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", plain)


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return appointments.officer(session, first_name="Heike", last_name="Vogel")


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return postbox.known(session)


@pytest.fixture
def summons(session: Session, citizen: Citizen, officer: StaffMember) -> str:
    return words(session, make.summons(session, citizen, officer).letter_id)


@pytest.fixture
def hearing(session: Session, citizen: Citizen, officer: StaffMember) -> str:
    return words(session, make.hearing(session, citizen, officer).letter_id)


class TestSummons:
    @pytest.mark.parametrize(
        "said",
        [
            "§ 59 SGB II in Verbindung mit § 309 SGB III",
            law.PURPOSES[Purpose.PLACEMENT],
            "Rathausplatz 1 35390 Lindenau",
            "Montag, 30. November 2026, 09:00 Uhr",
            "Heike Vogel",
            "Wenn Sie nicht kommen können",
            "wichtiger Grund",
            "Das genügt, wenn das Gespräch dann noch möglich ist (§ 309 Absatz 3 SGB III)",
            "den ersten Tag weiter, an dem Sie wieder arbeitsfähig sind",
            "Fahrkosten können wir auf Antrag erstatten (§ 309 Absatz 4 SGB III)",
            "Rechtsfolgenbelehrung",
            "hören wir Sie an (§ 24 SGB X)",
            "Rechtsbehelfsbelehrung",
            "innerhalb eines Monats Widerspruch",
            "zur Niederschrift (§ 84 SGG)",
            "keine aufschiebende Wirkung (§ 39 SGB II)",
            "aufschiebende Wirkung anordnen (§ 86b SGG)",
        ],
    )
    def test_says(self, summons: str, said: str) -> None:
        assert said in summons

    def test_tells_the_law_of_the_day_of_the_appointment(self) -> None:
        new, old = law.consequences(date(2026, 7, 1)), law.consequences(date(2026, 6, 30))
        assert "wird Ihre Leistung nicht gemindert" in " ".join(new.sentences).replace("\n", " ")
        assert "30 Prozent gemindert (§ 32 SGB II)" in " ".join(new.sentences)
        assert "einen Euro" in " ".join(new.sentences)
        assert "10 Prozent" in " ".join(old.sentences)

    def test_tells_how_it_counts_by_the_way_it_goes(
        self, session: Session, citizen: Citizen, officer: StaffMember
    ) -> None:
        now = appointments.NOW
        by_post = make.summons(session, citizen, officer)
        assert session.get_one(Letter, by_post.letter_id).way is Way.PRINT
        assert "4. Tag, nachdem wir ihn zur Post gegeben haben" in words(session, by_post.letter_id)
        assert "(§ 37 Absatz 2 SGB X)" in words(session, by_post.letter_id)
        other = postbox.known(session)
        postbox.consent(session, other, now=now)
        slot = appointments.slot_at(officer, clock.local_date(now) + timedelta(days=15))
        in_portal = make.summons(session, other, officer, slot=slot)
        assert "Absenden der Nachricht" in words(session, in_portal.letter_id)
        assert "(§ 37 Absatz 2a SGB X)" in words(session, in_portal.letter_id)

    def test_no_sum_no_form_no_threat_beyond_the_notice(self, summons: str) -> None:
        before, _, _ = summons.partition("Rechtsfolgenbelehrung")
        assert "gemindert" not in before
        assert "Prozent" not in before


class TestHearing:
    @pytest.mark.parametrize(
        "said",
        [
            "Es ist noch nichts entschieden",
            "(§ 24 SGB X)",
            "Wir möchten Ihren Regelbedarf für Dezember mindern.",
            "Am 2. November waren Sie nicht beim Termin.",
            "Rechtsgrundlage: § 32 SGB II",
            "Bitte antworten Sie bis",
            "persönlich äußern (§ 31a Absatz 2 SGB II)",
            "(§ 26 Absatz 7 SGB X)",
            "Akte einsehen (§ 25 SGB X)",
            "vertreten oder begleiten lassen (§ 13 SGB X)",
            "Ohne Ihre Antwort entscheiden wir nach dem, was wir wissen",
        ],
    )
    def test_says(self, hearing: str, said: str) -> None:
        assert said in hearing

    def test_gives_two_weeks_from_when_it_counts_and_no_instruction(
        self, session: Session, citizen: Citizen, officer: StaffMember
    ) -> None:
        heard = make.hearing(session, citizen, officer)
        # Written on Monday 16, by post on the 17th, counts on the 21st, 14 days: Saturday the 5th
        # moves to Monday (§ 26 (3) SGB X).
        assert heard.answer_until == date(2026, 12, 7)
        assert "Rechtsbehelfsbelehrung" not in words(session, heard.letter_id)


def test_no_letter_cites_a_paragraph_that_nobody_has_looked_up(
    session: Session, citizen: Citizen, officer: StaffMember, summons: str, hearing: str
) -> None:
    invitation = words(session, make.invitation(session, citizen, officer).letter_id)
    assert "§" not in invitation
    for text in (summons, hearing):
        found = CITED.findall(text)
        assert len(found) >= 5
        for number, statute in found:
            assert number in KNOWN[statute], f"§ {number} {statute}"
        left = re.sub(r"§§?", "", CITED.sub("", text))
        assert "SGG" not in left
