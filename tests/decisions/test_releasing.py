"""Who releases what the lead of a team has prepared: a substitute, somebody named, never nobody."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.core.errors import InvalidInput, NotAllowed, NotFound
from portal.decisions import jobs, queries, service
from portal.decisions.models import Decision, DecisionState
from portal.decisions.typed import TypedAmount
from portal.inbox import assigning, escalating
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem
from portal.office import releasing
from portal.office import service as office_service
from portal.office.models import ConflictKind
from tests.client import PortalClient
from tests.factories import accounts, office
from tests.factories import decisions as make

MUCH = (TypedAmount("Oksana Kovalenko", 125_001),)
HE = "HE"


def item_of(session: Session, decision: Decision) -> WorkItem:
    wanted = select(WorkItem).where(
        WorkItem.subject_id == decision.id,
        WorkItem.kind == ItemKind.DECISION_RELEASE,
        WorkItem.closed_at.is_(None),
    )
    return session.scalars(wanted).one()


def other_lead(session: Session, name: str = "Weber") -> StaffMember:
    """Employ a lead of another team."""
    return accounts.staff_member(session, Role.TEAM_LEAD, last_name=name)


@pytest.fixture
def prepared(session: Session) -> tuple[Decision, StaffMember]:
    """Let the only lead of a team prepare a decision that needs a second person."""
    application, _ = make.application(session, now=clock.now() - timedelta(days=5))
    lead = make.lead(session, application)
    return make.draft(session, application, lead, now=clock.now(), amounts=MUCH), lead


def finish(session: Session, prepared: tuple[Decision, StaffMember]) -> WorkItem:
    decision, lead = prepared
    assert not service.finish(session, decision=decision, by=lead, now=clock.now())
    session.flush()
    return item_of(session, decision)


def named(session: Session, lead: StaffMember, deputy: StaffMember, **days: date | None) -> None:
    today = clock.local_date(clock.now())
    first, last = days.get("first_day") or today, days.get("last_day")
    releasing.name(session, deputy=deputy, first_day=first, last_day=last, by=lead, now=clock.now())


class TestOrder:
    def test_a_second_lead_of_the_team_comes_first(self, session, prepared) -> None:
        _, lead = prepared
        second = accounts.staff_member(session, Role.TEAM_LEAD, team=lead.team)
        named(session, lead, other_lead(session))
        assert finish(session, prepared).assignee_id == second.id

    def test_else_who_stands_in_for_the_lead_and_may_release(self, session, prepared) -> None:
        _, lead = prepared
        deputy = other_lead(session, "Özdemir")
        helper = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lead.team)
        named(session, lead, other_lead(session))
        office.substitution(session, absent=lead, substitute=helper)
        office.substitution(session, absent=lead, substitute=deputy)
        item = finish(session, prepared)
        assert item.assignee_id == deputy.id  # the helper has no right to release
        assert "vertreten die Leitung" in item.reason

    def test_else_whom_the_team_has_named_for_today(self, session, prepared) -> None:
        decision, lead = prepared
        today = clock.local_date(clock.now())
        other_lead(session, "Aal")
        later, now_named = other_lead(session, "Berg"), other_lead(session, "Zorn")
        named(session, lead, later, first_day=today + timedelta(days=1))
        named(session, lead, now_named)
        item = finish(session, prepared)
        assert item.assignee_id == now_named.id
        assert "dafür benannt" in item.reason
        assert str(lead.id) in item.kept_from
        # the item opens the file to who is asked, and the release closes it again
        found = queries.decision_for(session, decision.id, asker=now_named, lock=True)
        service.release(session, decision=found, by=now_named, now=clock.now())
        session.flush()
        assert found.state is DecisionState.ISSUED
        assert found.letter.signed_by_name == now_named.name
        with pytest.raises(NotFound):
            queries.decision_for(session, decision.id, asker=now_named)

    def test_else_any_lead_of_the_house_and_it_says_that_nobody_was_named(
        self, session, prepared
    ) -> None:
        somebody = other_lead(session)
        item = finish(session, prepared)
        assert item.assignee_id == somebody.id
        assert "niemand benannt" in item.reason

    def test_who_must_keep_out_of_the_file_is_passed_over(self, session, prepared) -> None:
        decision, lead = prepared
        kin, free = other_lead(session, "Aal"), other_lead(session, "Berg")
        named(session, lead, kin)
        office_service.declare_conflict(
            session,
            member=kin,
            citizen=decision.citizen,
            kind=ConflictKind.RELATIVE,
            reason="",
            case_id=None,
            by=kin,
            now=clock.now(),
        )
        assert finish(session, prepared).assignee_id == free.id


class TestNeverStuck:
    def test_with_nobody_it_is_urgent_lies_with_a_colleague_and_goes_on_once_somebody_may(
        self, session, prepared
    ) -> None:
        _decision, lead = prepared
        colleague = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lead.team)
        item = finish(session, prepared)
        assert item.assignee_id is None
        assert (item.base_urgency, "Niemand im Haus" in item.reason) == (2, True)
        assigning.take_in(session, now=clock.now(), land=HE)
        assert item.assignee_id not in {None, lead.id}
        assert item.due_on is not None
        jobs.look_after_releases(session, now=clock.now())
        assert item.assignee_id not in {None, lead.id}

        newcomer, due = other_lead(session), item.due_on
        jobs.look_after_releases(session, now=clock.now())
        session.flush()

        assert item.assignee_id == newcomer.id
        assert item.due_on == due  # the clock runs on
        assert item.base_urgency == 0
        assert colleague.is_active

    def test_a_decision_whose_item_is_gone_is_asked_about_again(self, session, prepared) -> None:
        decision, _lead = prepared
        somebody = other_lead(session)
        item = finish(session, prepared)
        inbox.close_items(
            session, kind=item.kind, subject_id=decision.id, by=somebody, now=clock.now()
        )
        session.flush()
        jobs.look_after_releases(session, now=clock.now())
        session.flush()
        assert item_of(session, decision).assignee_id == somebody.id

    def test_who_loses_the_right_loses_the_item(self, session, prepared) -> None:
        _decision, _lead = prepared
        first, second = other_lead(session, "Aal"), other_lead(session, "Berg")
        item = finish(session, prepared)
        assert item.assignee_id == first.id
        first.is_active = False
        session.flush()
        jobs.look_after_releases(session, now=clock.now())
        assert item.assignee_id == second.id

    def test_nobody_looks_and_it_never_goes_up_to_the_preparer(self, session, prepared) -> None:
        _decision, lead = prepared
        first, second = other_lead(session, "Aal"), other_lead(session, "Berg")
        named(session, lead, second)
        item = finish(session, prepared)
        assert item.assignee_id == second.id
        for hours in range(0, 24 * 12, 5):
            now = clock.now() + timedelta(hours=hours)
            assigning.take_in(session, now=now, land=HE)
            escalating.escalate(session, now=now, land=HE)
            jobs.look_after_releases(session, now=now)
            session.flush()
            assert item.assignee_id in {first.id, second.id}
        assert item.is_escalated

    def test_the_preparer_neither_takes_it_nor_gets_it_by_hand(self, session, prepared) -> None:
        _decision, lead = prepared
        somebody = other_lead(session)
        item = finish(session, prepared)
        with pytest.raises(NotAllowed):
            inbox.claim(session, item=item, by=lead, now=clock.now())
        item.team = lead.team
        with pytest.raises(NotAllowed):
            inbox.hand_over(session, item=item, to=lead, by=somebody, now=clock.now())


class TestNaming:
    def test_only_somebody_of_another_team_who_may_release(self, session, prepared) -> None:
        _, lead = prepared
        mate = accounts.staff_member(session, Role.TEAM_LEAD, team=lead.team)
        clerk = accounts.staff_member(session, Role.BENEFIT_OFFICER)
        for wrong in (mate, clerk):
            with pytest.raises(InvalidInput):
                named(session, lead, wrong)
        with pytest.raises(NotFound):
            named(session, clerk, other_lead(session))
        today = clock.local_date(clock.now())
        with pytest.raises(InvalidInput):
            named(session, lead, other_lead(session), last_day=today - timedelta(days=1))

    def test_on_the_page_and_ended_there(
        self, client: PortalClient, session: Session, prepared
    ) -> None:
        _, lead = prepared
        deputy = other_lead(session)
        today = clock.local_date(clock.now())
        client.sign_in(lead)
        assert "Niemand ist benannt" in client.get("/amt/konto/freigabe").text
        client.post_form(
            "/amt/konto/freigabe",
            {"deputy": str(deputy.id), "first_day": f"{today:%d.%m.%Y}"},
        )
        assert deputy.name in client.get("/amt/konto/freigabe").text
        [one] = releasing.named_for(session, team_id=lead.team_id, day=today)
        client.post_form(f"/amt/konto/freigabe/{one.id}/beenden")
        assert not releasing.named_for(session, team_id=lead.team_id, day=today)
        client.sign_in(deputy)
        assert client.post_form(f"/amt/konto/freigabe/{one.id}/beenden").status_code == 404

    def test_the_page_before_the_letter_says_who_will_release(
        self, client: PortalClient, session: Session, prepared
    ) -> None:
        decision, lead = prepared
        deputy = other_lead(session)
        named(session, lead, deputy)
        client.sign_in(lead)
        here = f"/amt/entscheidungen/{decision.id}/pruefen"
        assert f"Freigeben wird {deputy.name} (dafür benannt" in client.get(here).text
        client.post_form(f"/amt/entscheidungen/{decision.id}/erlassen")
        assert f"Liegt bei {deputy.name}" in client.get(here).text
