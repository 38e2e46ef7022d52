"""The steps of signing in as one browser takes them, the same for citizens and staff.

Here the parts of a request (cookie, form, session) meet the deeds of `service`; which pages are
shown is the matter of the views.
"""

from flask import current_app, request, session

from portal.accounts import devices, queries, rules
from portal.accounts import session as sessions
from portal.accounts.forms import CodeForm, PasskeyForm, PasswordForm
from portal.accounts.keys import Method, Step, StepKind
from portal.accounts.models import Citizen, Person, StaffMember
from portal.accounts.pages import base_url, network
from portal.accounts.service import factors, passkeys, signing_in, steps
from portal.accounts.service import sessions as deeds
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import Expired, InvalidInput

_STEP = "step"


def remember_step(token: str) -> None:
    """Let this browser go on with a half-done sign-in; it replaces any other."""
    session[_STEP] = token


def waiting_step(kind: StepKind) -> Step | None:
    """Return the half-done sign-in of this browser, if it still waits."""
    try:
        return steps.look_at_step(
            db.session, token=session.get(_STEP, ""), kind=kind, now=clock.now()
        )
    except Expired:
        return None


def use_step(kind: StepKind) -> Step:
    """Return the half-done sign-in of this browser and end it: it works once."""
    token = session.pop(_STEP, "")
    return steps.take_step(db.session, token=token, kind=kind, now=clock.now())


def citizen_of(step: Step) -> Citizen:
    """Return the citizen of a step; a step of the office opens nothing here."""
    if step.citizen is None or not rules.can_sign_in(step.citizen):
        raise Expired("Bitte melden Sie sich noch einmal an.")
    return step.citizen


def member_of(step: Step) -> StaffMember:
    """Return the staff member of a step; a step of a citizen opens nothing here."""
    if step.staff_member is None or not rules.can_sign_in(step.staff_member):
        raise Expired("Bitte melden Sie sich noch einmal an.")
    return step.staff_member


def prove_passkey(form: PasskeyForm) -> Person:
    """Return whose passkey was shown, or raise `WrongPasskey`."""
    if not form.validate_on_submit():
        raise passkeys.WrongPasskey
    return passkeys.prove(
        db.session,
        token=form.step.data or "",
        answer=form.credential,
        base_url=base_url(),
        now=clock.now(),
    )


def prove_again(person: Person) -> Method:
    """Take what the page of a new proof sent: a passkey, a code, or the password alone.

    A code is asked where an app is set up; people of the office never prove themselves by password
    alone. Raise when it is wrong.
    """
    if "answer" in request.form:
        if prove_passkey(PasskeyForm()).id != person.id:
            raise passkeys.WrongPasskey
        return Method.PASSKEY
    found = queries.factors_of(db.session, person)
    if found.has_app:
        code = CodeForm()
        factors.prove_code(
            db.session,
            person=person,
            code=code.code.data or "",
            network=network(),
            now=clock.now(),
        )
        return Method.PASSWORD_AND_CODE
    if isinstance(person, StaffMember):
        raise passkeys.WrongPasskey
    if person.password_hash is None:
        raise InvalidInput("Zeigen Sie bitte Ihren Passkey.")
    signing_in.prove_password(
        db.session,
        person=person,
        password=PasswordForm().password.data or "",
        network=network(),
        now=clock.now(),
    )
    return Method.PASSWORD


def settings() -> Settings:
    """Return the settings of this office."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def device() -> dict[str, str]:
    """Return what a message about a sign-in says of the device."""
    return {"device": devices.name_of(request.user_agent.string)}


def left() -> dict[str, int]:
    """Return the seconds that the session has left, by idleness and at all; 0 when it is over."""
    opened, now = sessions.current_session(), clock.now()
    if opened is None:
        return {"seconds": 0, "atMost": 0}
    lasts = rules.lifetime_of(opened)
    at_most = opened.started_at + lasts.absolute - now
    return {
        "seconds": max(0, int((rules.ends_at(opened) - now).total_seconds())),
        "atMost": max(0, int(at_most.total_seconds())),
    }


def stay() -> None:
    """Write down a sign of life for the session of this browser."""
    opened, now = sessions.needed_session(), clock.now()
    deeds.note_use(db.session, id=opened.id, now=now)
    opened.seen_at = now
