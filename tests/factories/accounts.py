"""People for tests."""

import itertools
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember, StaffRole, Team
from portal.core import clock

_counter = itertools.count(1)


def team(session: Session, name: str | None = None) -> Team:
    """Make a team."""
    made = Team(name=name or f"Team {next(_counter)}")
    session.add(made)
    session.flush()
    return made


def citizen(session: Session, **fields: Any) -> Citizen:
    """Make a citizen whose e-mail address is confirmed."""
    number = next(_counter)
    now = clock.now()
    made = Citizen(
        **{
            "email": f"buerger{number}@example.org",
            "password_hash": "!",
            "first_name": "Oksana",
            "last_name": f"Kovalenko{number}",
            "created_at": now,
            "confirmed_at": now,
            **fields,
        }
    )
    session.add(made)
    session.flush()
    return made


def staff_member(session: Session, *roles: Role, **fields: Any) -> StaffMember:
    """Make a staff member with these roles, in a team of its own unless one is given."""
    number = next(_counter)
    made = StaffMember(
        **{
            "email": f"amt{number}@jobcenter.example",
            "password_hash": "!",
            "first_name": "Jana",
            "last_name": f"Keller{number}",
            "team": fields.pop("team", None) or team(session),
            **fields,
        }
    )
    made.roles = [StaffRole(role=role) for role in roles]
    session.add(made)
    session.flush()
    return made
