"""Many clicks on one invitation, and two rounds on the last times: real threads, real commits."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import Channel
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Conflict
from portal.invitations import answering, inviting, queries
from portal.invitations.capacity import Guest
from portal.invitations.models import Invitation, InvitationState
from tests.factories import accounts, casefiles
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories.appointments import NOW

pytestmark = pytest.mark.slow


def all_at_once(app: Flask, deeds: list[Callable[[], object]]) -> Counter[str]:
    """Do each deed in a thread and a transaction of its own; count what came out."""

    def run(deed: Callable[[], object]) -> str:
        with app.app_context(), app.test_request_context():
            try:
                deed()
                db.session.commit()
            except Conflict as error:
                db.session.rollback()
                return type(error).__name__
            return "done"

    with ThreadPoolExecutor(max_workers=len(deeds)) as pool:
        return Counter(pool.map(run, deeds))


def test_yes_and_no_at_once_have_one_winner(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        citizen = accounts.citizen(db.session)
        invitation = make.invitation(
            db.session, citizen, calendars.officer(db.session), filed=False
        )
        db.session.commit()
        citizen_id, invitation_id = citizen.id, invitation.id

    def answer(deed: Callable[..., object]) -> None:
        me = db.session.get_one(Citizen, citizen_id)
        found = queries.invitation_for(db.session, invitation_id, asker=me, lock=True)
        deed(db.session, invitation=found, by=me, now=NOW)

    deeds = [answering.take_held, answering.decline] * 3
    came = all_at_once(committed_app, [lambda deed=deed: answer(deed) for deed in deeds])

    assert came["done"] == 3  # the winner, and its twins that find it done
    assert came["Conflict"] == 3
    with committed_app.test_request_context():
        found = db.session.get_one(Invitation, invitation_id)
        bookings = db.session.scalars(select(Booking.state)).all()
        won = found.state is InvitationState.BOOKED
        assert bookings == ([BookingState.BOOKED] if won else [])


def test_two_rounds_on_the_last_times_never_share_one(committed_app: Flask) -> None:
    """Four times are left and two rounds of three want them: one is invited, one is refused."""
    with committed_app.test_request_context():
        officer = calendars.officer(db.session, opens=False)
        calendars.hours(db.session, officer, starts=time(9), ends=time(10), weekday=1)
        calendars.kind(db.session)
        rounds = [[accounts.citizen(db.session).id for _ in range(3)] for _ in range(2)]
        for id in (id for people in rounds for id in people):
            casefiles.case(db.session, db.session.get_one(Citizen, id), now=NOW)
        db.session.commit()
        officer_id = officer.id

    def invite(people: list[UUID]) -> None:
        found = [db.session.get_one(Citizen, id) for id in people]
        inviting.invite(
            db.session,
            guests=[Guest(casefiles.case(db.session, one, now=NOW), one) for one in found],
            type=calendars.kind(db.session),
            channel=Channel.VIDEO,
            answer_until=clock.local_date(NOW) + timedelta(days=28),
            about="Wir möchten Sie kennenlernen.",
            by=db.session.get_one(StaffMember, officer_id),
            now=NOW,
        )

    came = all_at_once(committed_app, [lambda people=people: invite(people) for people in rounds])

    assert came == {"done": 1, "NoCapacity": 1}
    with committed_app.test_request_context():
        times = select(func.count(), func.count(Booking.starts_at.distinct()))
        assert tuple(db.session.execute(times).one()) == (3, 3)
