"""The teams of the office: making one, giving it another name."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import staffing
from portal.accounts.models import Team
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.db import lost_race, new_id

UNIQUE_NAME = "uq_teams_name"


def add_team(session: Session, *, name: str, by: Acting, now: datetime) -> Team:
    """Make a team; raise `Conflict` when there is one of this name."""
    staffing.check_details(team=name)
    team = Team(id=new_id(), name=name)
    with lost_race(session, UNIQUE_NAME, taken(), field="team"):
        session.add(team)
        session.flush()  # the constraint answers now
    audit.record(
        session, deed="accounts.team_added", subject=("team", team.id), by=by, now=now, name=name
    )
    return team


def rename_team(session: Session, *, team: Team, name: str, by: Acting, now: datetime) -> None:
    """Give a team another name; its people, cases and items stay with it."""
    before = team.name
    if name == before:
        return
    staffing.check_details(team=name)
    with lost_race(session, UNIQUE_NAME, taken(), field="team"):
        team.name = name
        session.flush()  # the constraint answers now
    audit.record(
        session,
        deed="accounts.team_renamed",
        subject=("team", team.id),
        by=by,
        now=now,
        before=before,
        after=name,
    )


def taken() -> str:
    """Say that another team has this name."""
    return str(gettext("Ein Team mit diesem Namen gibt es schon."))
