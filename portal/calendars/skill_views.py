"""Pages for team leads: for what and in which languages their people are asked into talks."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right, StaffMember
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.calendars import queries, skills
from portal.calendars.kind_forms import SPOKEN, TALK_ROLES
from portal.calendars.models import TalkRole
from portal.calendars.skill_forms import SkillsForm
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("staff_skills", __name__, url_prefix="/amt/termine/faehigkeiten")

PAGE = "calendars/skills.html"


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"talk_roles": TALK_ROLES, "spoken_words": SPOKEN}


@blueprint.get("")
@staff(Right.STEER_CARE)
def index() -> ResponseReturnValue:
    """List the people of the team with what they are asked for."""
    people = queries.colleagues_to_plan(db.session, asker=signed_in_staff())
    return render_template(
        "calendars/skills_of_team.html",
        people=people,
        skills=skills.skills_of(db.session, officers=people),
        by_account={one.id: skills.by_account(one) for one in people},
    )


@blueprint.get("/<uuid:id>")
@staff(Right.STEER_CARE)
def show(id: UUID) -> ResponseReturnValue:
    """Show what one person is asked for, to change it."""
    officer = _officer(id)
    written = skills.skills_of(db.session, officers=[officer]).get(id)
    form = SkillsForm.of(written, skills.by_account(officer))
    return render_template(PAGE, form=form, officer=officer)


@blueprint.post("/<uuid:id>")
@staff(Right.STEER_CARE)
@commits
def change(id: UUID) -> ResponseReturnValue:
    """Write down what one person is asked for."""
    officer, form, by = _officer(id), SkillsForm(), signed_in_staff()
    if not form.validate():
        return again(PAGE, form, officer=officer)
    try:
        _write(officer, form, by)
    except PortalError as error:
        return again(PAGE, form, error, officer=officer)
    flash(_("Gespeichert. Die Suche weiß es ab sofort."))
    return redirect(url_for(".index"))


def _write(officer: StaffMember, form: SkillsForm, by: StaffMember) -> None:
    now = clock.now()
    if not form.is_written:
        skills.forget_skills(db.session, officer=officer, by=by, now=now)
        return
    skills.write_skills(
        db.session,
        officer=officer,
        roles=[TalkRole(value) for value in form.roles.data or ()],
        languages=form.languages.data or (),
        by=by,
        now=now,
    )


def _officer(id: UUID) -> StaffMember:
    return queries.officer_to_plan(db.session, id, asker=signed_in_staff())
