"""The pages of invitations, summonses and hearings, and who finds nothing behind them."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember, StaffRole
from portal.appointments.models import Booking
from portal.calendars.slots import Slot
from portal.invitations import queries
from portal.invitations.models import Hearing, Invitation, InvitationState, Summons
from tests.client import PortalClient
from tests.factories import accounts, casefiles, postbox
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries


@pytest.fixture(autouse=True)
def quiet_monday():
    """Stop the clock at seven on the quiet Monday."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def officer(session: Session) -> StaffMember:
    """Return an officer with hours, who may do all of casework."""
    made = calendars.officer(session)
    made.roles.append(StaffRole(role=Role.BENEFIT_OFFICER))
    calendars.kind(session)
    return made


@pytest.fixture
def oksana(session: Session) -> Citizen:
    """Return a citizen whom the office knows."""
    return postbox.known(session)


class TestInvitation:
    @pytest.fixture
    def invitation(self, session: Session, oksana: Citizen, officer: StaffMember) -> Invitation:
        made = make.invitation(session, oksana, officer)
        session.commit()
        return made

    def test_the_held_time_stands_first_and_takes_one_tap(
        self, client: PortalClient, session: Session, oksana: Citizen, invitation: Invitation
    ) -> None:
        client.sign_in(oksana)
        assert "Eine Zeit für ein Gespräch aussuchen" in client.get("/").text
        page = client.get(f"/termine/einladungen/{invitation.id}").text
        assert page.index("frei gehalten") < page.index("Oder eine andere Zeit")
        answer = client.post_form(f"/termine/einladungen/{invitation.id}/annehmen")
        assert answer.location.endswith("/gebucht")
        again = client.post_form(f"/termine/einladungen/{invitation.id}/annehmen")
        assert again.location == answer.location
        assert "Eine Zeit für ein Gespräch aussuchen" not in client.get("/").text

    def test_another_time(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        officer: StaffMember,
        invitation: Invitation,
    ) -> None:
        client.sign_in(oksana)
        slot = calendars.slot_at(officer, MONDAY + timedelta(days=1))
        path = f"/termine/einladungen/{invitation.id}/waehlen"
        assert client.post_form(path, {"slot": slot.key}).status_code == 302
        session.refresh(invitation)
        assert session.get_one(Booking, invitation.booking_id).starts_at == slot.starts_at

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "x",
            "20261116T0800Z",
            f"20261116T0800Z.{UUID(int=7)}",
            "00000000T0000Z.1",
            "\x00",
            "§" * 9000,
        ],
    )
    def test_hostile_times_book_nothing(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        invitation: Invitation,
        typed: str,
    ) -> None:
        client.sign_in(oksana)
        path = f"/termine/einladungen/{invitation.id}/waehlen"
        assert client.post_form(path, {"slot": typed}).status_code in {400, 409, 422}
        session.refresh(invitation)
        assert invitation.state is InvitationState.INVITED
        assert invitation.held_booking_id is not None

    def test_a_taken_time_is_said_in_the_page(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        officer: StaffMember,
        invitation: Invitation,
    ) -> None:
        slot = calendars.slot_at(officer, MONDAY + timedelta(days=1))
        calendars.booking(session, officer=officer, slot=slot)
        session.commit()
        client.sign_in(oksana)
        path = f"/termine/einladungen/{invitation.id}/waehlen"
        answer = client.post_form(path, {"slot": slot.key})
        assert answer.status_code == 409
        assert "gerade vergeben" in answer.text

    def test_no_with_one_tap(
        self, client: PortalClient, oksana: Citizen, invitation: Invitation
    ) -> None:
        client.sign_in(oksana)
        path = f"/termine/einladungen/{invitation.id}"
        assert client.post_form(f"{path}/ablehnen").status_code == 302
        assert "Sie haben abgesagt." in client.get(path).text

    def test_strangers_find_nothing(
        self, client: PortalClient, session: Session, invitation: Invitation
    ) -> None:
        client.sign_in(accounts.citizen(session))
        session.commit()
        path = f"/termine/einladungen/{invitation.id}"
        assert client.get(path).status_code == 404
        for deed in ("annehmen", "waehlen", "ablehnen"):
            assert client.post_form(f"{path}/{deed}", {"slot": "x"}).status_code == 404

    def test_staff_see_the_facts_and_take_it_back(
        self, client: PortalClient, session: Session, officer: StaffMember, invitation: Invitation
    ) -> None:
        client.sign_in(officer)
        path = f"/amt/einladungen/{invitation.id}"
        assert "Frei gehalten" in client.get(path).text
        assert client.post_form(f"{path}/zuruecknehmen").status_code == 302
        client.sign_in(calendars.officer(session))
        session.commit()
        assert client.get(path).status_code == 404
        assert client.post_form(f"{path}/zuruecknehmen").status_code == 404


class TestInvitingPage:
    def test_one_person_of_a_file(
        self, client: PortalClient, session: Session, oksana: Citizen, officer: StaffMember
    ) -> None:
        case = make.guest(session, oksana, officer, now=NOW).case
        session.commit()
        client.sign_in(officer)
        assert oksana.name in client.get(f"/amt/einladungen/neu?akte={case.id}").text
        answer = client.post_form(
            f"/amt/einladungen/neu?akte={case.id}", self.form(people=str(oksana.id))
        )
        assert answer.status_code == 302, answer.text
        page = client.get("/amt/einladungen").text
        assert oksana.name in page

    def test_many_files_or_nobody(
        self, client: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        cases = [
            make.guest(session, accounts.citizen(session), officer, now=NOW).case for _ in range(3)
        ]
        stranger = casefiles.case(session)
        stranger.team = accounts.team(session)
        session.commit()
        client.sign_in(officer)
        lines = "\n".join(case.file_reference for case in cases)
        refused = client.post_form(
            "/amt/einladungen/neu",
            self.form(references=f"{lines}\n{stranger.file_reference}"),
        )
        assert refused.status_code == 422
        assert stranger.file_reference in refused.text
        answer = client.post_form("/amt/einladungen/neu", self.form(references=lines))
        assert answer.status_code == 302
        found, count = queries.invitations_for_staff(session, asker=officer, state=None)
        assert count == 3
        assert len({one.round_id for one in found}) == 1

    def test_too_little_room_names_the_number_and_keeps_what_was_typed(
        self, client: PortalClient, session: Session
    ) -> None:
        officer = calendars.officer(session, opens=False)
        calendars.kind(session)
        case = make.guest(session, accounts.citizen(session), officer, now=NOW).case
        session.commit()
        client.sign_in(officer)
        answer = client.post_form("/amt/einladungen/neu", self.form(references=case.file_reference))
        assert answer.status_code == 409
        assert "ein freier Termin" in answer.text
        assert case.file_reference in answer.text

    @pytest.mark.parametrize(
        "typed", ["", "abc", "JC-", "1 OR 1=1", "9" * 30, "\n".join(["JC-0010042"] * 300), "<b>"]
    )
    def test_hostile_lists_invite_nobody(
        self, client: PortalClient, session: Session, officer: StaffMember, typed: str
    ) -> None:
        session.commit()
        client.sign_in(officer)
        answer = client.post_form("/amt/einladungen/neu", self.form(references=typed))
        assert answer.status_code == 422
        assert "<b>" not in answer.text

    def form(self, **fields: str) -> dict[str, object]:
        return {
            "type": "beratung-video",
            "channel": "video",
            "answer_until": ["26", "11", "2026"],
            "about": "Wir möchten Sie kennenlernen.",
            **fields,
        }


class TestSummons:
    @pytest.fixture
    def summons(self, session: Session, oksana: Citizen, officer: StaffMember) -> Summons:
        made = make.summons(session, oksana, officer)
        session.commit()
        return made

    def test_everything_stands_on_one_page_with_the_way_to_a_reason(
        self, client: PortalClient, session: Session, oksana: Citizen, summons: Summons
    ) -> None:
        client.sign_in(oksana)
        assert "Bitte kommen Sie ins Jobcenter" in client.get("/").text
        path = f"/termine/meldeaufforderungen/{summons.id}"
        page = client.get(path).text
        for needed in (
            "Montag, 30. November 2026, 09:00 Uhr",
            "Rathausplatz 1",
            "Fahrkosten",
            "30 Prozent",
        ):
            assert needed in page
        answer = client.post_form(
            f"{path}/grund",
            {"words": "Ich bin krank.", "files": casefiles.upload(), "together": "y"},
        )
        assert answer.status_code == 302, answer.text
        session.refresh(summons)
        assert summons.reason == "Ich bin krank."
        assert len(summons.reason_papers) == 1
        assert "Ich bin krank." in client.get(path).text

    @pytest.mark.parametrize("words", ["", "   ", "x" * 2001])
    def test_empty_or_endless_reasons_are_asked_again(
        self, client: PortalClient, oksana: Citizen, summons: Summons, words: str
    ) -> None:
        client.sign_in(oksana)
        path = f"/termine/meldeaufforderungen/{summons.id}/grund"
        assert client.post_form(path, {"words": words}).status_code == 422

    def test_the_booking_cannot_be_cancelled_past_it(
        self, client: PortalClient, oksana: Citizen, summons: Summons
    ) -> None:
        client.sign_in(oksana)
        answer = client.post_form(f"/termine/{summons.booking_id}/absagen")
        assert answer.status_code == 409
        assert "Absagen" not in client.get(f"/termine/{summons.booking_id}").text

    def test_strangers_find_nothing(
        self, client: PortalClient, session: Session, summons: Summons
    ) -> None:
        client.sign_in(accounts.citizen(session))
        session.commit()
        path = f"/termine/meldeaufforderungen/{summons.id}"
        assert client.get(path).status_code == 404
        assert client.post_form(f"{path}/grund", {"words": "x"}).status_code == 404

    def test_is_written_and_decided_by_staff_with_the_right(
        self, client: PortalClient, session: Session, oksana: Citizen, officer: StaffMember
    ) -> None:
        case = make.guest(session, oksana, officer, now=NOW).case
        session.commit()
        client.sign_in(officer)
        path = f"/amt/meldeaufforderungen/neu/{case.id}/{oksana.id}"
        assert "früheste Termin" in client.get(path).text
        form = {
            "purpose": "placement",
            "about": "Die Stelle im Lager.",
            "slot": calendars.slot_at(officer, MONDAY + timedelta(days=14)).key,
        }
        early = {**form, "slot": calendars.slot_at(officer, MONDAY + timedelta(days=2)).key}
        refused = client.post_form(path, early)
        assert refused.status_code == 422
        assert "zu früh" in refused.text
        assert client.post_form(path, {**form, "purpose": "punishment"}).status_code == 422
        answer = client.post_form(path, form)
        assert answer.status_code == 302, answer.text
        page = client.get(answer.location).text
        assert "Solange der Brief nicht als bekannt gegeben gilt" in page
        assert oksana.name in client.get("/amt/einladungen?art=meldeaufforderungen").text

    def test_front_desk_does_not_summon(
        self, client: PortalClient, session: Session, oksana: Citizen, summons: Summons
    ) -> None:
        client.sign_in(accounts.staff_member(session, Role.FRONT_DESK))
        session.commit()
        for path in (
            f"/amt/meldeaufforderungen/{summons.id}",
            f"/amt/meldeaufforderungen/neu/{summons.case_id}/{oksana.id}",
            f"/amt/anhoerungen/neu/{summons.case_id}/{oksana.id}",
        ):
            assert client.get(path).status_code == 404
        page = client.get("/amt/einladungen?art=meldeaufforderungen").text
        assert oksana.name not in page


class TestHearing:
    @pytest.fixture
    def hearing(self, session: Session, oksana: Citizen, officer: StaffMember) -> Hearing:
        made = make.hearing(session, oksana, officer)
        session.commit()
        return made

    def test_more_time_then_an_answer(
        self, client: PortalClient, session: Session, oksana: Citizen, hearing: Hearing
    ) -> None:
        client.sign_in(oksana)
        assert "Auf die Anhörung antworten" in client.get("/").text
        path = f"/anhoerungen/{hearing.id}"
        assert "Montag, 7. Dezember 2026" in client.get(path).text
        assert client.post_form(f"{path}/mehr-zeit").status_code == 302
        assert client.post_form(f"{path}/mehr-zeit").status_code == 409
        page = client.get(path).text
        assert "Montag, 21. Dezember 2026" in page
        assert "Ich brauche mehr Zeit" not in page
        answer = client.post_form(f"{path}/antwort", {"words": "Ich war beim Arzt."})
        assert answer.status_code == 302
        assert "Ich war beim Arzt." in client.get(path).text

    def test_or_a_talk(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        officer: StaffMember,
        hearing: Hearing,
    ) -> None:
        client.sign_in(oksana)
        path = f"/anhoerungen/{hearing.id}/gespraech"
        assert client.post_form(path, {"slot": "x"}).status_code == 422
        slot = Slot(calendars.slot_at(officer, MONDAY + timedelta(days=1)).starts_at, officer.id)
        assert client.post_form(path, {"slot": slot.key}).status_code == 302
        session.refresh(hearing)
        assert hearing.booking_id is not None

    def test_strangers_find_nothing(
        self, client: PortalClient, session: Session, hearing: Hearing
    ) -> None:
        client.sign_in(accounts.citizen(session))
        session.commit()
        path = f"/anhoerungen/{hearing.id}"
        assert client.get(path).status_code == 404
        for deed in ("antwort", "gespraech", "mehr-zeit"):
            assert client.post_form(f"{path}/{deed}", {"words": "x"}).status_code == 404

    def test_staff_write_read_and_close(
        self, client: PortalClient, session: Session, oksana: Citizen, officer: StaffMember
    ) -> None:
        case = make.guest(session, oksana, officer, now=NOW).case
        session.commit()
        client.sign_in(officer)
        path = f"/amt/anhoerungen/neu/{case.id}/{oksana.id}"
        assert client.get(path).status_code == 200
        form = {"planned": "Minderung", "facts": "Nicht da.", "basis": "§ 32 SGB II"}
        assert client.post_form(path, form).status_code == 422
        answer = client.post_form(path, {**form, "type": "beratung-video"})
        assert answer.status_code == 302, answer.text
        assert "§ 32 SGB II" in client.get(answer.location).text
        assert client.post_form(f"{answer.location}/beenden").status_code == 302


def test_lists_ask_as_often_for_many_as_for_one(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    def one_more() -> None:
        who = accounts.citizen(session)
        case = make.guest(session, who, officer, now=NOW).case
        make.invitation(session, who, officer)
        slots = calendars.upcoming_slots(
            session, who, calendars.kind(session, "jobcenter"), NOW + timedelta(days=14)
        )
        make.summons(session, who, officer, case=case, slot=slots[0])
        make.hearing(session, who, officer, case=case)
        session.commit()

    one_more()
    client.sign_in(officer)
    for art in ("einladungen", "meldeaufforderungen", "anhoerungen"):
        client.get(f"/amt/einladungen?art={art}")
    counts = {}
    for round_ in range(2):
        for art in ("einladungen", "meldeaufforderungen", "anhoerungen"):
            with counted_queries() as found:
                client.get(f"/amt/einladungen?art={art}")
            counts.setdefault(art, []).append(len(found))
        if round_ == 0:
            for _ in range(3):
                one_more()
    assert all(first == second for first, second in counts.values()), counts


@pytest.mark.parametrize("query", ["art=x&stand=y", "stand=booked", "seite=0", "seite=99999999999"])
def test_odd_addresses_show_a_list(
    client: PortalClient, session: Session, officer: StaffMember, query: str
) -> None:
    session.commit()
    client.sign_in(officer)
    assert client.get(f"/amt/einladungen?{query}").status_code in {200, 404}
