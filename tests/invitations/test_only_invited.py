"""Kinds for the invited only, and times that the invited and the summoned give back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import service as appointments
from portal.appointments.group_models import Audience
from portal.appointments.groups import planning
from portal.appointments.groups import queries as events
from portal.appointments.models import BookingState
from portal.appointments.waiting_models import FreedTime
from portal.calendars.models import AppointmentType, BookableBy
from portal.core.errors import InvalidInput, NotAllowed
from portal.invitations import answering, inviting, queries, summoning
from portal.invitations.models import Invitation, InvitationState
from tests.factories import accounts, casefiles, groups, postbox, waiting
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories.appointments import MONDAY, NOW

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def quiet_monday() -> Iterator[None]:
    """Stop the clock at seven on the quiet Monday."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return calendars.officer(session)


def for_invited(session: Session, key: str = "beratung-video") -> AppointmentType:
    kind = calendars.kind(session, key)
    kind.bookable_by = BookableBy.INVITATION
    session.flush()
    return kind


def locked(session: Session, invitation: Invitation) -> Invitation:
    return queries.invitation_for(session, invitation.id, asker=invitation.citizen, lock=True)


class TestAKindForTheInvited:
    def test_is_chosen_by_who_is_invited_and_by_nobody_else(
        self, session: Session, officer: StaffMember
    ) -> None:
        kind, citizen = for_invited(session), accounts.citizen(session)
        slot = calendars.slot_at(officer, MONDAY + DAY)
        with pytest.raises(NotAllowed):
            calendars.booking(session, citizen=citizen, officer=officer, type=kind, slot=slot)
        invitation = locked(session, make.invitation(session, citizen, officer))
        booking = answering.choose(session, invitation=invitation, slot=slot, by=citizen, now=NOW)
        assert booking.state is BookingState.BOOKED
        assert booking.chosen_by_citizen
        assert invitation.state is InvitationState.BOOKED

    def test_what_only_the_office_gives_out_stays_closed(
        self, session: Session, officer: StaffMember
    ) -> None:
        for_invited(session).bookable_by = BookableBy.STAFF
        with pytest.raises(InvalidInput) as error:
            make.invitation(session, accounts.citizen(session), officer)
        assert error.value.field == "type"

    def test_a_group_of_it_is_found_by_the_invited_only(self, session: Session) -> None:
        # Given an event for everybody, whose kind becomes one for the invited
        event = groups.event(session)
        invited, other = accounts.citizen(session), accounts.citizen(session)
        case = casefiles.case(session, invited, now=NOW)
        casefiles.case(session, other, now=NOW)
        for_invited(session, event.type.key)
        # When one case is invited
        planning.invite(session, event=event, case=case, by=event.lead, now=NOW)
        session.flush()
        # Then only they find it, and no new one can be for everybody
        assert events.is_for(session, event, citizen=invited)
        assert not events.is_for(session, event, citizen=other)
        with pytest.raises(InvalidInput) as error:
            groups.event(session, audience=Audience.EVERYBODY)
        assert error.value.field == "audience"
        groups.event(session, audience=Audience.INVITED, day=MONDAY + 2 * DAY)


class TestATimeGivenBack:
    """Whoever waits is asked first, however the time came free."""

    def kept_back(self, session: Session) -> list[FreedTime]:
        session.flush()
        return list(session.scalars(select(FreedTime)))

    @pytest.mark.parametrize("way", ["declined", "withdrawn", "another"])
    def test_by_the_invited(self, session: Session, officer: StaffMember, way: str) -> None:
        citizen = accounts.citizen(session)
        invitation = locked(session, make.invitation(session, citizen, officer))
        held = queries.held_for(session, invitation)
        assert held is not None
        starts_at = held.starts_at
        waiting.entry(session, accounts.citizen(session), now=NOW)
        if way == "declined":
            answering.decline(session, invitation=invitation, by=citizen, now=NOW)
        elif way == "withdrawn":
            inviting.withdraw(session, invitation=invitation, by=officer, now=NOW)
        else:
            slot = calendars.slot_at(officer, MONDAY + DAY)
            answering.choose(session, invitation=invitation, slot=slot, by=citizen, now=NOW)
        [freed] = self.kept_back(session)
        assert (freed.starts_at, freed.officer.id) == (starts_at, officer.id)

    def test_by_a_summons(self, session: Session, officer: StaffMember) -> None:
        made = make.summons(session, postbox.known(session), officer)
        summons = queries.summons_for(session, made.id, asker=officer, lock=True)
        waiting.entry(session, accounts.citizen(session), now=NOW, key="jobcenter")
        summoning.withdraw(session, summons=summons, by=officer, now=NOW)
        [freed] = self.kept_back(session)
        assert freed.starts_at == summons.booking.starts_at

    def test_nobody_waits_and_it_is_free(self, session: Session, officer: StaffMember) -> None:
        citizen = accounts.citizen(session)
        invitation = locked(session, make.invitation(session, citizen, officer))
        held = queries.held_for(session, invitation)
        assert held is not None
        slot = calendars.slot_at(officer, held.day)
        answering.decline(session, invitation=invitation, by=citizen, now=NOW)
        assert self.kept_back(session) == []
        appointments.book(
            session,
            citizen=accounts.citizen(session),
            type=calendars.kind(session),
            channel=calendars.kind(session).channels[0],
            slot=slot,
            note=None,
            by=officer,
            now=NOW,
        )
