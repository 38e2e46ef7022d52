"""What may stand in a calendar, without a database."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from portal.accounts.models import Role, StaffMember, StaffRole
from portal.calendars import rules
from portal.calendars.models import Availability
from portal.calendars.slots import at_wall
from portal.core.errors import InvalidInput, NotAllowed, PortalError

MONDAY = date(2026, 11, 16)
START = at_wall(MONDAY, time(9))
HOUR = timedelta(hours=1)


def officer(*roles: Role, team: Any = None) -> StaffMember:
    made = StaffMember(id=uuid4(), team_id=team, is_active=True)
    made.roles = [StaffRole(role=role) for role in roles or (Role.INTEGRATION_OFFICER,)]
    return made


def test_hours_are_changed_by_oneself_or_the_lead_of_the_team() -> None:
    team = uuid4()
    planned = officer(team=team)
    rules.check_can_plan(planned, by=planned)
    rules.check_can_plan(planned, by=officer(Role.TEAM_LEAD, team=team))
    for stranger in (officer(team=team), officer(Role.TEAM_LEAD, team=uuid4())):
        with pytest.raises(NotAllowed):
            rules.check_can_plan(planned, by=stranger)


class TestHours:
    def hours(self, **fields: Any) -> Availability:
        return Availability(
            **{
                "rule": "FREQ=WEEKLY;BYDAY=MO",
                "channels": [],
                "starts": time(8),
                "ends": time(12),
                "valid_from": date(2026, 1, 1),
                "valid_until": None,
                **fields,
            }
        )

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"ends": time(8)}, "ends"),
            ({"ends": time(7)}, "ends"),
            ({"starts": time(8, 1)}, "starts"),
            ({"ends": time(12, 0, 30)}, "ends"),
            ({"valid_until": date(2025, 12, 31)}, "valid_until"),
        ],
    )
    def test_run_forward(self, fields: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as error:
            rules.check_hours(self.hours(**fields), others=[])
        assert error.value.field == field

    @pytest.mark.parametrize(
        ("fields", "overlap"),
        [
            ({"starts": time(11), "ends": time(13)}, True),
            ({"starts": time(12), "ends": time(13)}, False),
            ({"rule": "FREQ=WEEKLY;BYDAY=TU"}, False),
            ({"valid_until": date(2026, 7, 5)}, False),
            ({"valid_until": date(2026, 7, 6)}, True),
        ],
    )
    def test_do_not_overlap(self, fields: dict[str, Any], overlap: bool) -> None:
        present = self.hours(valid_from=date(2026, 7, 1))
        if overlap:
            with pytest.raises(InvalidInput, match="schon Sprechzeiten"):
                rules.check_hours(self.hours(**fields), others=[present])
        else:
            rules.check_hours(self.hours(**fields), others=[present])

    @pytest.mark.parametrize(
        ("starts_at", "ends_at"), [(START, START), (START, START - HOUR), (START - HOUR, START)]
    )
    def test_absences_run_forward_and_are_not_over(
        self, starts_at: datetime, ends_at: datetime
    ) -> None:
        with pytest.raises(PortalError):
            rules.check_absence(starts_at, ends_at, now=START)
