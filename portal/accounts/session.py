"""Who is signed in on this request, and the words with which a view says who may enter.

The session is a signed cookie that names the person, the person's session key and the time of the
sign-in. It is new at each sign-in; it ends with the browser, after twelve hours, or when the
session key changes (new password, „überall abmelden“). A cookie that was copied before an ordinary
sign-out lives until then: no table of sessions says that one of them was ended.
"""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from flask import Flask, current_app, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_user
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from portal.accounts import rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.core import clock, crypto
from portal.core.access import Access, declare
from portal.core.db import db
from portal.core.errors import NotAllowed

P = ParamSpec("P")
R = TypeVar("R")

login_manager = LoginManager()

_SINCE = "since"
_KNOWN_BROWSER = "known browser"
_A_YEAR = 365 * 24 * 3600


def begin(person: Citizen | StaffMember) -> None:
    """Start a new session for `person`; nothing of the one before is carried over."""
    session.clear()
    session[_SINCE] = int(clock.now().timestamp())
    login_user(person)


def end() -> None:
    """End the session of this browser."""
    session.clear()


def remember_browser(answer: Response, person: Citizen | StaffMember) -> Response:
    """Let this browser show later that somebody signed in to this account with it.

    It opens nothing. It only spares the owner the waits that strangers cause (`rules.Slowdown`).
    """
    answer.set_cookie(
        _known_cookie(),
        crypto.signer(_KNOWN_BROWSER).dumps(str(person.id)),
        max_age=_A_YEAR,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def known_as() -> str | None:
    """Return the id of the account that this browser has signed in to before."""
    try:
        return str(crypto.signer(_KNOWN_BROWSER).loads(request.cookies.get(_known_cookie(), "")))
    except BadSignature:
        return None


def _known_cookie() -> str:
    return "__Host-bekannt" if current_app.config["SESSION_COOKIE_SECURE"] else "bekannt"


def _load(token: str) -> Citizen | StaffMember | None:
    since = datetime.fromtimestamp(session.setdefault(_SINCE, clock.now().timestamp()), UTC)
    if rules.is_session_over(since, now=clock.now()):
        return None
    kind, _, rest = token.partition(":")
    id, _, key = rest.partition(":")
    person: Citizen | StaffMember | None
    if kind == "staff":
        person = db.session.get(StaffMember, UUID(id))
    else:
        person = db.session.get(Citizen, UUID(id))
    return person if person and person.session_key == key and rules.can_sign_in(person) else None


def _person() -> Any:
    return current_user._get_current_object()  # noqa: SLF001 (the only way behind the proxy)


def signed_in_citizen() -> Citizen:
    """Return the citizen of this request; the view is marked `@citizens`."""
    person = _person()
    if not isinstance(person, Citizen):
        raise NotAllowed("Bitte melden Sie sich an.")
    return person


def signed_in_staff() -> StaffMember:
    """Return the staff member of this request; the view is marked `@staff(…)`."""
    person = _person()
    if not isinstance(person, StaffMember):
        raise NotAllowed("Bitte melden Sie sich an.")
    return person


def whoever_is_signed_in() -> Citizen | StaffMember | None:
    """Return the person of this request, if any, for layouts and public pages."""
    person = _person()
    return person if isinstance(person, Citizen | StaffMember) else None


def citizens(view: Callable[P, R]) -> Callable[P, R]:
    """Let signed-in citizens in; send others to the sign-in page and back afterwards."""

    @functools.wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if not isinstance(_person(), Citizen):
            return redirect(url_for("accounts.sign_in", next=_come_back()))  # type: ignore[return-value]
        return view(*args, **kwargs)

    return declare(wrapped, Access("citizen"))


def staff(right: Right | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let staff in who carry `right` (or any); send who is not signed in to the staff sign-in."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            person = _person()
            if not isinstance(person, StaffMember):
                return redirect(url_for("staff_accounts.sign_in", next=_come_back()))  # type: ignore[return-value]
            if right is not None:
                rules.check(person, right)
            return view(*args, **kwargs)

        return declare(wrapped, Access("staff", right.value if right else None))

    return decorate


def _come_back() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def init_app(app: Flask) -> None:
    """Load the person of each request; templates ask `signed_in`, `can`."""
    login_manager.init_app(app)
    login_manager.session_protection = None
    login_manager.user_loader(_load)

    @app.context_processor
    def people() -> dict[str, Any]:
        return {"signed_in": whoever_is_signed_in(), "can": _can}

    def _can(right: str) -> bool:
        person = whoever_is_signed_in()
        return isinstance(person, StaffMember) and rules.can(person, Right(right))
