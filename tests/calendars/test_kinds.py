"""Kinds of appointments as data: their bounds, the deeds, and the pages of the administration."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.calendars import kinds, queries, rules
from portal.calendars.kind_forms import KindForm
from portal.calendars.limits import LIMITS, LONGEST, MOST_DOCUMENTS
from portal.calendars.models import AppointmentType, BookableBy, Channel, Format, TalkRole
from portal.calendars.standard import STANDARD_TYPES
from portal.core.errors import Conflict, InvalidInput
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import NOW

PAGE = "/amt/verwaltung/terminarten"


def facts(**changed: Any) -> dict[str, Any]:
    """Return the facts of a kind as the form hands them over."""
    return {
        "name": "Kurzes Gespräch über Köln",
        "names": {},
        "purpose": "Eine Frage.",
        "purposes": {"en": "One question."},
        "format": Format.SINGLE,
        "channels": [Channel.PHONE],
        "starts_in_person": False,
        "bookable_by": BookableBy.CITIZENS,
        "roles": [],
        "seats": 1,
        "needs_room": False,
        "languages": ["uk"],
        "duration_minutes": 15,
        "buffer_before_minutes": 5,
        "buffer_minutes": 5,
        "start_every_minutes": 30,
        "lead_hours": 2,
        "horizon_days": 28,
        "move_limit_hours": 2,
        "cancel_limit_hours": 1,
        "documents": ["Ausweis"],
        "text_before": {"de": "Rufen Sie uns an.", "en": "Call us."},
        "text_after": {},
        **changed,
    }


@pytest.fixture
def administrator(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.ADMINISTRATOR)


@pytest.fixture
def desk(client: PortalClient, session: Session, administrator: StaffMember) -> PortalClient:
    """A browser at which the administrator is signed in; the standard kinds are there."""
    make.kind(session)
    session.flush()
    client.sign_in(administrator)
    return client


def typed(**changed: Any) -> dict[str, Any]:
    """Return the same as the browser sends it."""
    sent = {**facts(), "documents": "Ausweis\n\n Mietvertrag ", "text_before_de": "Bitte lesen."}
    del sent["text_before"], sent["text_after"], sent["starts_in_person"], sent["needs_room"]
    del sent["names"], sent["purposes"]
    return {**sent, **changed}


class TestBounds:
    @pytest.mark.parametrize("name", LIMITS)
    def test_the_table_is_hint_and_check_at_once(
        self, name: str, session: Session, administrator: StaffMember
    ) -> None:
        bound = LIMITS[name]
        figures = facts(lead_hours=0, horizon_days=182)
        for good in (bound.least, bound.most):
            rules.check_kind({**figures, name: good} if name != "lead_hours" else figures)
        for bad in (bound.least - 1, bound.most + 1, bound.least - bound.step):
            with pytest.raises(InvalidInput) as refused:
                rules.check_kind({**figures, name: bad})
            assert refused.value.field == name
            assert str(bound.most) in refused.value.message

    def test_every_hint_stands_on_the_page(self, desk: PortalClient) -> None:
        page = desk.get(f"{PAGE}/neu").get_data(as_text=True)
        for bound in LIMITS.values():
            assert bound.hint in page

    def test_every_standard_kind_is_within_them(self) -> None:
        empty = {
            name: value
            for name, value in facts(
                roles=[], languages=[], documents=[], text_before={}, seats=1
            ).items()
            if name not in {"name", "purpose"}
        }
        for standard in STANDARD_TYPES:
            rules.check_kind({**empty, "buffer_before_minutes": 0, **standard})

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * (LONGEST["name"] + 1)}, "name"),
            ({"purpose": "x" * (LONGEST["purpose"] + 1)}, "purpose"),
            ({"names": {"en": "x" * (LONGEST["names"] + 1)}}, "names_en"),
            ({"purposes": {"en": "x" * (LONGEST["purposes"] + 1)}}, "purposes_en"),
            ({"text_before": {"de": "x" * (LONGEST["text_before"] + 1)}}, "text_before_de"),
            ({"text_after": {"en": "Only English."}}, "text_after_de"),
            ({"documents": ["Ausweis"] * (MOST_DOCUMENTS + 1)}, "documents"),
            ({"documents": ["x" * (LONGEST["documents"] + 1)]}, "documents"),
            ({"channels": []}, "channels"),
            ({"lead_hours": 48, "horizon_days": 2}, "lead_hours"),
            ({"starts_in_person": True, "channels": [Channel.VIDEO]}, "channels"),
            ({"format": Format.JOINT, "roles": [TalkRole.BENEFIT]}, "roles"),
            (
                {
                    "bookable_by": BookableBy.OWN_OFFICER,
                    "roles": [TalkRole.BENEFIT, TalkRole.INTEGRATION],
                },
                "bookable_by",
            ),
        ],
    )
    def test_what_makes_no_sense(self, changed: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            rules.check_kind(facts(**changed))
        assert refused.value.field == field

    @pytest.mark.parametrize(
        "changed",
        [{"horizon_days": 183}, {"buffer_before_minutes": 3}, {"seats": 0}],
    )
    def test_the_database_refuses_it_as_well(
        self, session: Session, changed: dict[str, Any]
    ) -> None:
        session.add(AppointmentType(key="x", **facts(**changed)))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


class TestDeeds:
    def test_the_address_is_made_of_the_name_and_stays(
        self, session: Session, administrator: StaffMember
    ) -> None:
        kind = kinds.add_kind(session, facts=facts(), by=administrator, now=NOW)
        assert kind.key == "kurzes-gespraech-ueber-koeln"
        kinds.change_kind(session, kind=kind, facts=facts(name="Anruf"), by=administrator, now=NOW)
        assert (kind.key, kind.name) == ("kurzes-gespraech-ueber-koeln", "Anruf")

    def test_no_two_of_one_name(self, session: Session, administrator: StaffMember) -> None:
        kinds.add_kind(session, facts=facts(), by=administrator, now=NOW)
        with pytest.raises(Conflict, match="gibt es schon"):
            kinds.add_kind(session, facts=facts(), by=administrator, now=NOW)

    def test_one_step_up_or_down_and_no_further(
        self, session: Session, administrator: StaffMember
    ) -> None:
        make.kind(session)
        first, second, *_, last = queries.all_types(session)
        kinds.move_kind(session, kind=second, up=True, by=administrator, now=NOW)
        session.flush()
        assert [one.key for one in queries.all_types(session)[:2]] == [second.key, first.key]
        before = [one.key for one in queries.all_types(session)]
        kinds.move_kind(session, kind=second, up=True, by=administrator, now=NOW)
        kinds.move_kind(session, kind=last, up=False, by=administrator, now=NOW)
        session.flush()
        assert [one.key for one in queries.all_types(session)] == before

    def test_what_is_switched_off_is_offered_to_nobody(
        self, session: Session, administrator: StaffMember
    ) -> None:
        kind = make.kind(session)
        kinds.switch_kind(session, kind=kind, on=False, by=administrator, now=NOW)
        session.flush()
        for asker in (accounts.citizen(session), administrator):
            assert kind not in queries.types_for(session, asker=asker)
        assert kind in queries.all_types(session)

    def test_the_first_talk_is_not_offered_by_video_to_citizens(self, session: Session) -> None:
        kind = AppointmentType(channels=[Channel.VIDEO, Channel.OFFICE], starts_in_person=True)
        assert rules.channels_for(kind, by=accounts.citizen(session)) == [Channel.OFFICE]
        officer = accounts.staff_member(session, Role.INTEGRATION_OFFICER)
        assert rules.channels_for(kind, by=officer) == [Channel.VIDEO, Channel.OFFICE]

    def test_a_text_falls_back_to_its_source(self) -> None:
        kind = AppointmentType(text_before={"de": "Bitte lesen.", "en": "Please read."})
        assert kind.before("en") == "Please read."
        assert kind.before("ar") == "Bitte lesen."
        assert AppointmentType(text_after={}).after("de") == ""
        call = AppointmentType(name="Anruf", names={"en": "Call"}, purpose="Kurz.", purposes={})
        assert (call.called("en"), call.called("ar")) == ("Call", "Anruf")
        assert (call.meant("en"), call.meant("de")) == ("Kurz.", "Kurz.")


class TestPages:
    def test_add_change_order_and_switch(self, desk: PortalClient, session: Session) -> None:
        answer = desk.post_form(f"{PAGE}/neu", typed(), follow_redirects=True)
        assert "„Kurzes Gespräch über Köln“ ist angelegt." in answer.get_data(as_text=True)
        kind = session.scalars(
            select(AppointmentType).where(AppointmentType.name.startswith("Kurzes Gespräch"))
        ).one()
        assert kind.documents == ["Ausweis", "Mietvertrag"]
        assert kind.text_before == {"de": "Bitte lesen."}
        page = desk.get(f"{PAGE}/{kind.id}").get_data(as_text=True)
        assert "Ausweis\nMietvertrag" in page

        desk.post_form(
            f"{PAGE}/{kind.id}", typed(name="Anruf", names_en="Call", starts_in_person="y")
        )
        session.refresh(kind)
        assert (kind.name, kind.names, kind.starts_in_person) == ("Anruf", {"en": "Call"}, True)
        assert 'value="Call"' in desk.get(f"{PAGE}/{kind.id}").get_data(as_text=True)

        desk.post_form(f"{PAGE}/{kind.id}/platz", {"nach": "oben"})
        session.expire_all()
        assert queries.all_types(session)[-1] != kind

        answer = desk.post_form(f"{PAGE}/{kind.id}/angebot", {"an": "nein"}, follow_redirects=True)
        assert "wird nicht mehr angeboten" in answer.get_data(as_text=True)
        assert "ausgeschaltet" in desk.get(f"{PAGE}/{kind.id}").get_data(as_text=True)

    def test_no_hint_says_that_a_text_goes_out_in_messages(self, desk: PortalClient) -> None:
        page = desk.get(f"{PAGE}/neu").get_data(as_text=True)
        assert "nie in einer Nachricht" in page
        assert "E-Mail" not in page.split("<main", 1)[1].split("</main>", 1)[0]

    def test_what_was_typed_stays(self, desk: PortalClient) -> None:
        answer = desk.post_form(f"{PAGE}/neu", typed(duration_minutes="7", name="Mein Termin"))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert LIMITS["duration_minutes"].hint in page
        assert "Mein Termin" in page

    @pytest.mark.parametrize(
        "hostile",
        [
            {"duration_minutes": "1e9"},
            {"horizon_days": "99999999999999"},
            {"channels": "telepathy"},
            {"roles": "administrator"},
            {"format": "riot"},
            {"bookable_by": "everybody"},
            {"name": " \u200b "},
        ],
    )
    def test_hostile_values_change_nothing(
        self, desk: PortalClient, session: Session, hostile: dict[str, str]
    ) -> None:
        count = len(queries.all_types(session))
        assert desk.post_form(f"{PAGE}/neu", typed(**hostile)).status_code == 422
        assert len(queries.all_types(session)) == count

    def test_others_have_no_business_here(self, client: PortalClient, session: Session) -> None:
        kind = make.kind(session)
        client.sign_in(accounts.staff_member(session, Role.TEAM_LEAD))
        assert client.get(PAGE).status_code in {403, 404}
        assert client.post_form(f"{PAGE}/{kind.id}/angebot", {"an": "nein"}).status_code in {
            403,
            404,
        }
        assert kind.is_active


def test_the_form_knows_every_figure() -> None:
    """A figure in the table and not on the page would be typed by nobody."""
    assert set(LIMITS) <= {name for name in vars(KindForm) if not name.startswith("_")}
