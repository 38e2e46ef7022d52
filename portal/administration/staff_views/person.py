"""One person who works here: data, roles, keys, browsers, trail; the deeds about the account."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts import staffing, words
from portal.accounts.forms import ButtonForm
from portal.accounts.keys import Ended
from portal.accounts.models import Right, StaffMember
from portal.accounts.pages import again
from portal.accounts.service import inviting, sessions
from portal.accounts.session import needed_session, proved_lately, signed_in_staff, staff
from portal.administration import queries, rules, shown
from portal.administration.forms import DetailsForm, PlaceForm, sentence_of
from portal.audit import queries as audit
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint(
    "administration_person", __name__, url_prefix="/amt/verwaltung/<uuid:person_id>"
)

INDEX = "administration/staff/person.html"
DETAILS = "administration/staff/details.html"
PLACE = "administration/staff/place.html"
TRAIL = 20
LAST_EVENT = 2**63 - 1
"""The highest number that PostgreSQL can compare with."""


@blueprint.get("")
@staff(Right.ADMINISTER)
def index(person_id: UUID) -> ResponseReturnValue:
    """Show one account with its keys, its browsers and what was done about it."""
    me, entry = signed_in_staff(), queries.entry_for(db.session, person_id)
    member = entry.member
    others = accounts.has_other_administrators(db.session, member)
    return render_template(
        INDEX,
        entry=entry,
        member=member,
        is_self=staffing.is_self(member, me),
        offers=rules.offers(member, by=me, has_others=others),
        factors=accounts.factors_of(db.session, member),
        sessions=accounts.sessions_of(db.session, member, now=clock.now()),
        here=needed_session(),
        sentences=sentence_of,
        **_trail(member),
    )


@blueprint.get("/angaben")
@staff(Right.ADMINISTER)
@proved_lately
def details(person_id: UUID) -> ResponseReturnValue:
    """Show the form for name and ways to reach the person."""
    member = _member(person_id)
    return render_template(DETAILS, form=DetailsForm(obj=member), member=member)


@blueprint.post("/angaben")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def change_details(person_id: UUID) -> ResponseReturnValue:
    """Write down name and ways to reach the person."""
    form, member, me = DetailsForm(), _member(person_id), signed_in_staff()
    if not form.validate_on_submit():
        return again(DETAILS, form, member=member)
    try:
        inviting.change_details(db.session, member=member, **form.given, by=me, now=clock.now())
    except PortalError as error:
        return again(DETAILS, form, error, member=member)
    flash(gettext("Die Angaben von %(name)s sind geändert.", name=member.name), "success")
    return _back(member)


@blueprint.get("/rollen")
@staff(Right.ADMINISTER)
@proved_lately
def place(person_id: UUID) -> ResponseReturnValue:
    """Show the form for roles and team."""
    member = _member(person_id)
    staffing.check_can_place(member, by=signed_in_staff())
    held = [role.value for role in staffing.roles_of(member)]
    form = PlaceForm(data={"team": str(member.team_id), "roles": held})
    return render_template(PLACE, form=_with_teams(form), member=member)


@blueprint.post("/rollen")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def change_place(person_id: UUID) -> ResponseReturnValue:
    """Give other roles or another team."""
    form, member, me = _with_teams(PlaceForm()), _member(person_id), signed_in_staff()
    if not form.validate_on_submit():
        return again(PLACE, form, member=member)
    try:
        inviting.change_roles(
            db.session,
            member=member,
            roles=form.roles.roles,
            team=accounts.team_by_id(db.session, UUID(form.team.data)),
            by=me,
            now=clock.now(),
        )
    except PortalError as error:
        return again(PLACE, form, error, member=member)
    flash(_placed(member), "success")
    return _back(member)


@blueprint.post("/einladung")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def invite(person_id: UUID) -> ResponseReturnValue:
    """Send the invitation once more."""
    member = _member(person_id)
    inviting.invite(db.session, member=member, by=signed_in_staff(), now=clock.now())
    flash(gettext("Eine neue Einladung ist unterwegs. Die frühere gilt nicht mehr."), "success")
    return _back(member)


@blueprint.get("/schluessel-zuruecksetzen")
@staff(Right.ADMINISTER)
@proved_lately
def ask_reset(person_id: UUID) -> ResponseReturnValue:
    """Ask before every key is taken away."""
    member = _member(person_id)
    staffing.check_can_reset_keys(member, by=signed_in_staff())
    return _ask("reset_keys", member)


@blueprint.post("/schluessel-zuruecksetzen")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def reset_keys(person_id: UUID) -> ResponseReturnValue:
    """Take every key away and invite anew."""
    member = _member(person_id)
    sent = inviting.reset_keys(db.session, member=member, by=signed_in_staff(), now=clock.now())
    flash(gettext("Die Schlüssel von %(name)s sind zurückgesetzt.", name=member.name), "success")
    return _told(member, sent=sent)


@blueprint.post("/geraete/<uuid:id>/abmelden")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def end_session(person_id: UUID, id: UUID) -> ResponseReturnValue:
    """Sign one browser of this person out."""
    member = _member(person_id)
    opened = accounts.session_for(db.session, id, asker=member)
    sessions.end_session(
        db.session, opened=opened, why=Ended.OFFICE, by=signed_in_staff(), now=clock.now()
    )
    flash(gettext("Dieses Gerät ist abgemeldet."), "success")
    return _back(member)


@blueprint.post("/geraete/abmelden")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def end_all_sessions(person_id: UUID) -> ResponseReturnValue:
    """Sign every browser of this person out."""
    member, me = _member(person_id), signed_in_staff()
    sessions.sign_out_everywhere(
        db.session, person=member, by=me, now=clock.now(), why=Ended.OFFICE
    )
    flash(gettext("%(name)s ist auf allen Geräten abgemeldet.", name=member.name), "success")
    return _back(member)


@blueprint.get("/deaktivieren")
@staff(Right.ADMINISTER)
@proved_lately
def ask_deactivate(person_id: UUID) -> ResponseReturnValue:
    """Ask before the account is closed."""
    member = _member(person_id)
    others = accounts.has_other_administrators(db.session, member)
    staffing.check_can_deactivate(member, by=signed_in_staff(), has_others=others)
    return _ask("deactivate", member)


@blueprint.post("/deaktivieren")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def deactivate(person_id: UUID) -> ResponseReturnValue:
    """Close the account."""
    member = _member(person_id)
    inviting.deactivate(db.session, member=member, by=signed_in_staff(), now=clock.now())
    flash(gettext("Der Zugang von %(name)s ist deaktiviert.", name=member.name), "success")
    return _back(member)


@blueprint.get("/aktivieren")
@staff(Right.ADMINISTER)
@proved_lately
def ask_reactivate(person_id: UUID) -> ResponseReturnValue:
    """Ask before the account is opened again."""
    member = _member(person_id)
    staffing.check_can_reactivate(member)
    return _ask("reactivate", member)


@blueprint.post("/aktivieren")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def reactivate(person_id: UUID) -> ResponseReturnValue:
    """Open the account again and invite anew."""
    member = _member(person_id)
    sent = inviting.reactivate(db.session, member=member, by=signed_in_staff(), now=clock.now())
    flash(gettext("Der Zugang von %(name)s ist wieder aktiv.", name=member.name), "success")
    return _told(member, sent=sent)


def _member(id: UUID) -> StaffMember:
    return queries.entry_for(db.session, id).member


def _with_teams(form: PlaceForm) -> PlaceForm:
    return form.offer(accounts.teams(db.session))


def _ask(deed: str, member: StaffMember) -> str:
    return render_template(f"administration/staff/{deed}.html", form=ButtonForm(), member=member)


def _back(member: StaffMember) -> ResponseReturnValue:
    return redirect(url_for(".index", person_id=member.id))


def _told(member: StaffMember, *, sent: bool) -> ResponseReturnValue:
    """Say whether the invitation that belongs to the deed went out."""
    if sent:
        flash(gettext("Eine Einladung ist unterwegs an %(email)s.", email=member.email), "success")
    else:
        flash(
            gettext(
                "An diese Adresse gingen in der letzten Stunde schon mehrere Einladungen. Schicken"
                " Sie die nächste später von hier aus."
            ),
            "warning",
        )
    return _back(member)


def _placed(member: StaffMember) -> str:
    """Say what the new roles mean for the person."""
    said = gettext("Rollen und Team von %(name)s sind geändert.", name=member.name)
    if staffing.is_administrator(staffing.roles_of(member)):
        return f"{said} {words.needs_passkey()}"
    return str(said)


def _trail(member: StaffMember) -> dict[str, Any]:
    """Return one page of the trail, and where it goes on."""
    before = request.args.get("vor", type=int)
    if before is not None:
        before = min(max(before, 0), LAST_EVENT)
    found = audit.latest_about(
        db.session, kind="staff", id=member.id, before=before, limit=TRAIL + 1
    )
    return {
        "lines": [shown.line_of(event) for event in found[:TRAIL]],
        "older": found[TRAIL - 1].id if len(found) > TRAIL else None,
        "is_later_page": before is not None,
    }
