"""The postbox as citizens and staff see it, and who sees nothing of it."""

from uuid import uuid4

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, RepresentationKind, Role
from portal.audit.queries import events_about
from portal.casefiles.models import Case
from portal.core import clock
from portal.postbox import queries
from portal.postbox.models import Letter
from tests.client import PortalClient
from tests.factories import accounts, casefiles, representation
from tests.factories import postbox as make
from tests.queries import counted_queries


def delivered(session: Session) -> Letter:
    """Deliver a letter in the portal."""
    now = clock.now()
    citizen = make.known(session)
    make.consent(session, citizen, now=now)
    letter = make.letter(session, citizen, now=now)
    make.sent(session, letter, at=now)
    session.commit()
    return letter


def reader(session: Session, letter: Letter) -> Citizen:
    """Return to whom the letter is written."""
    return session.get_one(Citizen, letter.citizen_id)


def file_of(session: Session, letter: Letter) -> Case:
    """Return the case of the letter."""
    return session.get_one(Case, letter.case_id)


class TestCitizen:
    def test_reads_a_letter_and_the_first_view_is_kept(
        self, client: PortalClient, session: Session
    ) -> None:
        letter = delivered(session)
        client.sign_in(reader(session, letter))
        page = client.get("/postfach")
        assert "Anhörung zu Ihrem Einkommen" in page.text
        assert "Neu" in page.text
        session.refresh(letter)
        assert letter.first_viewed_at is None  # the list is no view

        page = client.get(f"/postfach/{letter.id}")
        assert "120 Euro mehr verdient" in page.text
        assert "Gilt als bekannt gegeben" in page.text
        session.refresh(letter)
        assert letter.first_viewed_at is not None
        assert letter.downloaded_at is None

        answer = client.get(f"/postfach/{letter.id}/brief.pdf")
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF")
        session.refresh(letter)
        assert letter.downloaded_at is not None

    def test_what_a_browser_fetches_ahead_is_no_view(
        self, client: PortalClient, session: Session
    ) -> None:
        letter = delivered(session)
        client.sign_in(reader(session, letter))
        client.get(f"/postfach/{letter.id}", headers={"Sec-Purpose": "prefetch;prerender"})
        session.refresh(letter)
        assert letter.first_viewed_at is None

    def test_a_letter_has_one_door(self, client: PortalClient, session: Session) -> None:
        """Through the documents it could be read without being seen as read."""
        letter = delivered(session)
        client.sign_in(reader(session, letter))
        assert "Anhörung" not in client.get("/unterlagen").text
        assert client.get(f"/unterlagen/{letter.document_id}").status_code == 404

    def test_strangers_and_the_household_find_nothing(
        self, client: PortalClient, session: Session
    ) -> None:
        letter = delivered(session)
        partner = accounts.citizen(session)
        casefiles.member(session, file_of(session, letter), partner)
        session.commit()
        for person in (accounts.citizen(session), partner):
            client.sign_in(person)
            for path in ("", "/brief.pdf"):
                assert client.get(f"/postfach/{letter.id}{path}").status_code == 404
        assert client.get(f"/postfach/{uuid4()}").status_code == 404

    def test_who_acts_within_the_household_reads_no_letters(self, session: Session) -> None:
        letter = delivered(session)
        partner, principal = accounts.citizen(session), reader(session, letter)
        casefiles.member(session, file_of(session, letter), partner)
        for kind, sees in (
            (RepresentationKind.HOUSEHOLD_MEMBER, 0),
            (RepresentationKind.POWER_OF_ATTORNEY, 0),
            (RepresentationKind.GUARDIAN, 1),
        ):
            principal.act_through(
                representation.representation(
                    session, principal=principal, representative=partner, kind=kind
                )
            )
            assert queries.letters_of(session, asker=principal)[1] == sees, kind

    def test_agrees_and_takes_it_back(self, client: PortalClient, session: Session) -> None:
        citizen = make.known(session)
        session.commit()
        client.sign_in(citizen)
        page = client.get("/postfach/einwilligung")
        assert "freiwillig" in page.text
        answer = client.post_form("/postfach/einwilligung", {"version": "1"})
        assert answer.status_code == 422
        answer = client.post_form("/postfach/einwilligung", {"version": "1", "agreed": "y"})
        assert answer.status_code == 302
        assert queries.consent_of(session, citizen=citizen) is not None
        client.post_form("/postfach/einwilligung/widerrufen")
        session.expire_all()
        assert queries.consent_of(session, citizen=citizen) is None
        deeds = [one.deed for one in events_about(session, kind="citizen", id=citizen.id)]
        assert deeds == ["postbox.consent_given", "postbox.consent_withdrawn"]

    @pytest.mark.parametrize(
        "version", ["", "0", "2", "-1", "1e9", "９", "1" * 40, "1; DROP TABLE letters", "\x00"]
    )
    def test_hostile_versions_agree_to_nothing(
        self, client: PortalClient, session: Session, version: str
    ) -> None:
        citizen = make.known(session)
        session.commit()
        client.sign_in(citizen)
        answer = client.post_form("/postfach/einwilligung", {"version": version, "agreed": "y"})
        assert answer.status_code in {400, 409}
        assert queries.consent_of(session, citizen=citizen) is None

    def test_an_unknown_account_is_led_to_be_known(
        self, client: PortalClient, session: Session
    ) -> None:
        client.sign_in(accounts.citizen(session))
        session.commit()
        assert "verknüpft" in client.get("/postfach/einwilligung").text

    def test_the_list_asks_as_often_for_many_as_for_one(
        self, client: PortalClient, session: Session
    ) -> None:
        letter = delivered(session)
        client.sign_in(reader(session, letter))
        client.get("/postfach")
        with counted_queries() as one:
            client.get("/postfach")
        for _ in range(5):
            make.letter(
                session, reader(session, letter), now=clock.now(), case=file_of(session, letter)
            )
        session.commit()
        with counted_queries() as many:
            client.get("/postfach")
        assert len(many) == len(one)


class TestStaff:
    def test_prints_and_posts(self, client: PortalClient, session: Session) -> None:
        citizen = make.known(session)
        now = clock.now()
        letter = make.letter(session, citizen, now=now)
        mailroom = accounts.staff_member(session, Role.MAILROOM)
        session.commit()
        client.sign_in(mailroom)
        assert "Anhörung zu Ihrem Einkommen" in client.get("/amt/briefe/drucken").text
        assert "Keine Einwilligung" in client.get(f"/amt/briefe/{letter.id}").text
        answer = client.post_form(f"/amt/briefe/{letter.id}/drucken")
        assert answer.mimetype == "application/pdf"
        today = clock.local_date(now)
        day = {"posted_on": [str(today.day), str(today.month), str(today.year)]}
        assert client.post_form(f"/amt/briefe/{letter.id}/abgeschickt", day).status_code == 302
        page = client.get(f"/amt/briefe/{letter.id}")
        assert "Er gilt am 4. Tag danach" in page.text
        assert "Anhörung zu Ihrem Einkommen" not in client.get("/amt/briefe/drucken").text

    @pytest.mark.parametrize(
        "typed", [["", "", ""], ["31", "2", "2026"], ["1", "1", "0001"], ["9", "9", "9999"], ["x"]]
    )
    def test_an_impossible_day_of_posting_is_refused(
        self, client: PortalClient, session: Session, typed: list[str]
    ) -> None:
        letter = make.letter(session, make.known(session), now=clock.now())
        session.commit()
        client.sign_in(accounts.staff_member(session, Role.MAILROOM))
        session.commit()
        client.post_form(f"/amt/briefe/{letter.id}/drucken")
        answer = client.post_form(f"/amt/briefe/{letter.id}/abgeschickt", {"posted_on": typed})
        assert answer.status_code == 422
        session.refresh(letter)
        assert letter.posted_on is None

    def test_another_team_finds_nothing(self, client: PortalClient, session: Session) -> None:
        letter = delivered(session)
        client.sign_in(casefiles.officer(session))
        session.commit()
        for path in ("", "/brief.pdf"):
            assert client.get(f"/amt/briefe/{letter.id}{path}").status_code == 404
        assert client.get(f"/amt/briefe/akte/{letter.case_id}").status_code == 404
        assert client.post_form(f"/amt/briefe/{letter.id}/drucken").status_code == 404

    def test_opening_is_written_down(self, client: PortalClient, session: Session) -> None:
        letter = delivered(session)
        client.sign_in(casefiles.officer(session, file_of(session, letter)))
        session.commit()
        client.get(f"/amt/briefe/{letter.id}")
        deeds = [one.deed for one in events_about(session, kind="letter", id=letter.id)]
        assert deeds[-1] == "postbox.opened"

    def test_the_objection_period_stands_beside_a_summons(
        self, client: PortalClient, session: Session
    ) -> None:
        """At the end of a month, just before midnight in the office."""
        with time_machine.travel("2027-01-26T22:59:00Z", tick=False):
            letter = delivered(session)
            letter.kind = letter.kind.SUMMONS
            session.commit()
            client.sign_in(casefiles.officer(session, file_of(session, letter)))
            session.commit()
            page = client.get(f"/amt/briefe/{letter.id}").text
        assert "Samstag, 30. Januar 2027" in page
        assert "Montag, 1. März 2027" in page
