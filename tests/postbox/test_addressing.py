"""To whom letters go when somebody is represented, and what a consent steers."""

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Power, RepresentationKind
from portal.inbox.models import WorkItem
from portal.postbox import addressing, consenting, jobs, law, paper, rules
from portal.postbox.models import LetterKind, PrintReason, Way
from tests.factories import accounts, representation
from tests.factories import postbox as make
from tests.factories.appointments import NOW

Kind = RepresentationKind


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return make.known(session, first_name="Gerhard", last_name="Winkler")


@pytest.fixture
def ruth(session: Session) -> Citizen:
    home = {"street": "Schlossplatz 2", "postcode": "35390", "city": "Lindenau"}
    return accounts.citizen(session, first_name="Ruth", last_name="Sander", **home)


def acts(session: Session, citizen: Citizen, by: Citizen, kind: Kind, *powers: Power) -> None:
    representation.representation(
        session, principal=citizen, representative=by, kind=kind, powers=powers, now=NOW
    )
    session.flush()


class TestRepresented:
    @pytest.mark.parametrize("kind", [Kind.GUARDIAN, Kind.POWER_OF_ATTORNEY])
    def test_a_hearing_is_addressed_to_who_acts_for_the_person(
        self, session: Session, citizen: Citizen, ruth: Citizen, kind: Kind
    ) -> None:
        make.consent(session, citizen, now=NOW)
        acts(session, citizen, ruth, kind, Power.SEE, Power.SEND)
        letter = make.letter(session, citizen, now=NOW)
        assert letter.content["recipient"]["name"] == "Ruth Sander"
        assert letter.content["recipient"]["street"] == "Schlossplatz 2"
        assert [one["name"] for one in letter.content["copies"]] == ["Gerhard Winkler"]
        assert letter.content["about_name"] == "Gerhard Winkler"
        words = paper.words(letter)
        assert "Guten Tag Ruth Sander" in words
        assert "Sie vertreten Gerhard Winkler." in words
        assert (letter.way, letter.print_reason) == (Way.PRINT, PrintReason.REPRESENTED)
        [item] = session.scalars(select(WorkItem).where(WorkItem.subject_id == letter.id))
        assert "vertritt" in item.reason

    def test_a_summons_goes_to_who_has_to_come_with_a_copy(
        self, session: Session, citizen: Citizen, ruth: Citizen
    ) -> None:
        acts(session, citizen, ruth, Kind.GUARDIAN, Power.SEE, Power.SEND)
        found = addressing.route(session, kind=LetterKind.SUMMONS, citizen=citizen, now=NOW)
        assert found.recipient is citizen
        assert found.copies == (ruth,)
        assert found.way is Way.PRINT

    def test_an_invitation_binds_nobody_and_stays_as_it_is(
        self, session: Session, citizen: Citizen, ruth: Citizen
    ) -> None:
        acts(session, citizen, ruth, Kind.GUARDIAN, Power.SEE, Power.SEND)
        found = addressing.route(session, kind=LetterKind.INVITATION, citizen=citizen, now=NOW)
        assert (found.recipient, found.copies, found.way) == (citizen, (), Way.PORTAL)

    @pytest.mark.parametrize(
        ("kind", "powers"),
        [
            (Kind.COMPANION, ()),
            (Kind.HELPER, (Power.SEE, Power.SEND)),
            (Kind.HOUSEHOLD_MEMBER, (Power.SEE, Power.SEND)),
            (Kind.POWER_OF_ATTORNEY, (Power.SEE,)),
            (Kind.GUARDIAN, (Power.SEE,)),
        ],
    )
    def test_nobody_else_is_an_address(
        self, session: Session, citizen: Citizen, ruth: Citizen, kind: Kind, powers: tuple[Power]
    ) -> None:
        acts(session, citizen, ruth, kind, *powers)
        found = addressing.route(session, kind=LetterKind.HEARING, citizen=citizen, now=NOW)
        assert (found.recipient, found.copies) == (citizen, ())

    def test_the_guardian_comes_before_a_power_of_attorney(
        self, session: Session, citizen: Citizen, ruth: Citizen
    ) -> None:
        daughter = accounts.citizen(session)
        acts(session, citizen, daughter, Kind.POWER_OF_ATTORNEY, Power.SEE, Power.SEND)
        acts(session, citizen, ruth, Kind.GUARDIAN, Power.SEE, Power.SEND)
        found = addressing.route(session, kind=LetterKind.HEARING, citizen=citizen, now=NOW)
        assert (found.recipient, found.copies) == (ruth, (daughter, citizen))

    def test_every_rule_names_its_source(self) -> None:
        assert all(rule.source for rule in law.ADDRESSEES)


class TestConsentSteers:
    def test_with_it_the_portal_without_it_the_post(
        self, session: Session, citizen: Citizen
    ) -> None:
        assert make.letter(session, citizen, now=NOW).way is Way.PRINT
        make.consent(session, citizen, now=NOW)
        assert make.letter(session, citizen, now=NOW).way is Way.PORTAL
        consenting.withdraw(session, citizen=citizen, now=NOW)
        after = make.letter(session, citizen, now=NOW)
        assert (after.way, after.print_reason) == (Way.PRINT, PrintReason.NO_CONSENT)
        assert after.consent is None

    def test_taken_back_before_the_worker_came_the_letter_is_printed(
        self, session: Session, citizen: Citizen
    ) -> None:
        make.consent(session, citizen, now=NOW)
        letter = make.letter(session, citizen, now=NOW, filed=False)
        consenting.withdraw(session, citizen=citizen, now=NOW)
        jobs.file_letter(session, now=NOW, letter_id=str(letter.id))
        assert letter.provided_at is None
        assert letter.notification_id is None
        assert letter.print_reason is PrintReason.NO_CONSENT
        assert session.scalars(select(WorkItem).where(WorkItem.subject_id == letter.id)).all()

    def test_what_was_provided_before_stays_provided(
        self, session: Session, citizen: Citizen
    ) -> None:
        make.consent(session, citizen, now=NOW)
        letter = make.letter(session, citizen, now=NOW)
        consenting.withdraw(session, citizen=citizen, now=NOW)
        assert letter.provided_at == NOW
        assert letter.print_asked_at is None

    def test_an_old_wording_carries_until_its_day(
        self, session: Session, citizen: Citizen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make.consent(session, citizen, now=NOW)
        old = dataclasses.replace(law.CONSENTS[0], carries_until=NOW.date())
        new = dataclasses.replace(law.CONSENTS[0], version=2, valid_from=NOW.date())
        monkeypatch.setattr(law, "CONSENTS", (old, new))
        assert make.letter(session, citizen, now=NOW).way is Way.PORTAL
        later = make.letter(session, citizen, now=NOW + timedelta(days=1))
        assert (later.way, later.consent) == (Way.PRINT, None)
        consenting.give(session, citizen=citizen, version=2, now=NOW + timedelta(days=1))
        again = make.letter(session, citizen, now=NOW + timedelta(days=1))
        assert again.consent is not None
        assert (again.way, again.consent.version) == (Way.PORTAL, 2)

    def test_no_consent_carries_nothing(self) -> None:
        assert not rules.carries(None, today=NOW.date())
