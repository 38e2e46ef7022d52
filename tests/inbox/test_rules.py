"""Who may take an item and hand it on."""

import uuid

import pytest

from portal.accounts.models import Role, StaffMember, StaffRole
from portal.core import clock
from portal.core.errors import Conflict, NotAllowed
from portal.inbox import rules
from portal.inbox.models import Given, WorkItem

HERE, ELSEWHERE = uuid.uuid4(), uuid.uuid4()


def member(*roles: Role, team: uuid.UUID = HERE) -> StaffMember:
    made = StaffMember(
        id=uuid.uuid4(), first_name="Jana", last_name="Keller", team_id=team, is_active=True
    )
    made.roles = [StaffRole(role=role) for role in roles]
    return made


def item(assignee: StaffMember | None = None, **fields: object) -> WorkItem:
    return WorkItem(
        team_id=HERE,
        assignee=assignee,
        assignee_id=assignee.id if assignee else None,
        **{"closed_at": None, "closed_by": None, **fields},
    )


OFFICER = Role.BENEFIT_OFFICER


def test_a_free_item_can_be_taken() -> None:
    rules.check_can_claim(item(), member(OFFICER))


def test_what_a_colleague_has_taken_stays_there() -> None:
    with pytest.raises(Conflict, match="Jana Keller"):
        rules.check_can_claim(item(member(OFFICER)), member(OFFICER))


def test_the_team_lead_can_take_it_over() -> None:
    rules.check_can_claim(item(member(OFFICER)), member(Role.TEAM_LEAD))


def test_what_was_only_dealt_can_be_taken_by_the_team() -> None:
    dealt = item(member(OFFICER), given=Given.DEALT)
    colleague = member(OFFICER)
    rules.check_can_claim(dealt, colleague)
    assert rules.can_claim(dealt, colleague)
    assert not rules.can_claim(dealt, member(OFFICER, team=ELSEWHERE))


def test_a_team_lead_elsewhere_cannot() -> None:
    with pytest.raises(Conflict):
        rules.check_can_claim(item(member(OFFICER)), member(Role.TEAM_LEAD, team=ELSEWHERE))


def test_what_is_done_cannot_be_taken() -> None:
    done = item(closed_at=clock.now(), closed_by="Jana Keller")
    with pytest.raises(Conflict, match="schon erledigt"):
        rules.check_can_claim(done, member(OFFICER))
    assert not rules.can_claim(done, member(OFFICER))
    assert not rules.can_hand_over(done, member(OFFICER))


def test_one_hands_on_what_is_ones_own_or_free() -> None:
    me, other = member(OFFICER), member(OFFICER)
    rules.check_can_hand_over(item(me), me, to=other)
    rules.check_can_hand_over(item(), me, to=other)
    with pytest.raises(NotAllowed):
        rules.check_can_hand_over(item(other), me, to=me)


def test_an_item_stays_in_its_team() -> None:
    me = member(OFFICER)
    with pytest.raises(NotAllowed, match="nicht in diesem Team"):
        rules.check_can_hand_over(item(me), me, to=member(OFFICER, team=ELSEWHERE))


def test_who_has_no_inbox_gets_no_item() -> None:
    me = member(OFFICER)
    with pytest.raises(NotAllowed):
        rules.check_can_hand_over(item(me), me, to=member(Role.MANAGEMENT))


@pytest.mark.parametrize("by_role", list(Role))
def test_button_and_rule_agree(by_role: Role) -> None:
    for assignee in (None, member(OFFICER)):
        thing, by = item(assignee), member(by_role)
        try:
            rules.check_can_claim(thing, by)
            allowed = True
        except Conflict:
            allowed = False
        assert rules.can_claim(thing, by) == allowed
