"""The first talk is in person; by video it needs a reason that is kept (§ 15 (4) SGB II)."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import service
from portal.appointments.models import Booking, BookingFact, FactKind
from portal.calendars.models import AppointmentType, Channel
from portal.casefiles.models import Case
from portal.core.errors import InvalidInput
from portal.invitations import inviting
from portal.invitations.capacity import Guest
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

pytestmark = pytest.mark.usefixtures("quiet_monday")
TUESDAY = MONDAY + timedelta(days=1)
WHY = "Liegt nach einer Operation zu Hause."


@pytest.fixture
def kind(session: Session) -> AppointmentType:
    return make.kind(session, "erstgespraech")


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return accounts.citizen(session)


@pytest.fixture
def case(session: Session, citizen: Citizen) -> Case:
    return make.case_of(session, citizen)


def test_one_of_the_kinds_of_the_beginning_is_the_first_talk(kind: AppointmentType) -> None:
    assert kind.starts_in_person
    assert kind.channels[0] == Channel.OFFICE


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_by_video_it_is_not_booked_without_a_reason(
    session: Session,
    kind: AppointmentType,
    officer: StaffMember,
    citizen: Citizen,
    reason: str | None,
) -> None:
    with pytest.raises(InvalidInput, match="persönlich") as refused:
        service.book(
            session,
            citizen=citizen,
            type=kind,
            channel=Channel.VIDEO,
            slot=make.slot_at(officer, TUESDAY),
            note=None,
            by=officer,
            now=NOW,
            video_reason=reason,
        )
    assert refused.value.field == "video_reason"


def test_the_reason_is_asked_for_kept_and_shown(
    client: PortalClient,
    session: Session,
    kind: AppointmentType,
    officer: StaffMember,
    citizen: Citizen,
    case: Case,
) -> None:
    session.commit()
    client.sign_in(officer)
    path = f"/amt/termine/neu/{case.id}/{citizen.id}/erstgespraech"
    assert "Warum per Video und nicht persönlich?" not in client.get(path).text
    path += "?weg=video"
    assert "Warum per Video und nicht persönlich?" in client.get(path).text
    sent = {"slot": make.slot_at(officer, TUESDAY).key, "arranged": "phone"}
    refused = client.post_form(path, sent)
    assert refused.status_code == 422
    assert "Das erste Gespräch ist persönlich" in refused.text

    answer = client.post_form(path, {**sent, "video_reason": WHY}, follow_redirects=True)

    booking = session.scalars(select(Booking)).one()
    [fact] = session.scalars(select(BookingFact).where(BookingFact.booking_id == booking.id))
    assert (fact.kind, fact.text) == (FactKind.VIDEO_JUSTIFIED, WHY)
    assert fact.said_by == officer.name
    assert f"{WHY} ({officer.name})" in answer.text


def test_an_invitation_to_it_is_in_person(
    session: Session, kind: AppointmentType, officer: StaffMember, citizen: Citizen, case: Case
) -> None:
    with pytest.raises(InvalidInput, match="nicht per Video") as refused:
        inviting.invite(
            session,
            guests=[Guest(case, citizen)],
            type=kind,
            channel=Channel.VIDEO,
            answer_until=MONDAY + timedelta(days=10),
            about="Kennenlernen",
            by=officer,
            now=NOW,
        )
    assert refused.value.field == "channel"
