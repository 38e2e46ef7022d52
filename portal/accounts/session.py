"""Who is signed in on this request, for whom they act, and the words with which views say who may.

The cookie holds a secret, the row of the session its hash (`keys.PortalSession`). One query brings
session, person and, where somebody acts for another, that other person. Each request asks anew: an
ended session, a revoked representation, a closed account count from the next request on.
"""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from flask import Flask, Request, g, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import LoginManager, current_user
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from portal.accounts import devices, queries, representing, rules
from portal.accounts.keys import Ended, Method, PortalSession
from portal.accounts.models import Citizen, Person, Power, Right, StaffMember
from portal.accounts.service import keeping, sessions
from portal.accounts.service.secrets import hash_of
from portal.core import browser, clock
from portal.core.access import Access, declare
from portal.core.crypto import signer
from portal.core.db import db
from portal.core.errors import Conflict, NotAllowed, SignedOut

P = ParamSpec("P")
R = TypeVar("R")

login_manager = LoginManager()

_SECRET = "secret"  # noqa: S105 (the name of a place)
_KNOWN = "bekannt"
_A_YEAR = 365 * 24 * 3600
_PEOPLE_OF_ONE_BROWSER = 5
QUIET = frozenset(
    {
        "accounts.session_left",
        "staff_accounts.session_left",
        "staff_inbox.news_of_list",
        "staff_threads.news",
        "threads.news",
    }
)
"""Pages that a script asks by itself: they are no sign of life of a person."""


# Beginning and ending


def begin(
    person: Person, method: Method, *, level: int | None = None, provider: str | None = None
) -> None:
    """Start a new session for `person`; nothing of the one before is carried over."""
    before = current_session()
    if before is not None:
        sessions.end_session(
            db.session, opened=before, why=Ended.SIGNED_IN_ANEW, by=before.person, now=clock.now()
        )
    _, secret = sessions.open_session(
        db.session,
        person=person,
        method=method,
        level=level,
        provider_session=provider,
        device=devices.name_of(request.user_agent.string),
        network=rules.network_of(request.remote_addr or ""),
        now=clock.now(),
    )
    session.clear()
    session[_SECRET] = secret


def prove_anew(method: Method) -> None:
    """Give this session a new secret, after the person has shown again who they are."""
    opened = needed_session()
    session[_SECRET] = sessions.prove_anew(
        db.session, opened=opened, method=method, now=clock.now()
    )


def end(answer: Response) -> Response:
    """End the session of this browser, and let the browser forget what it keeps of us."""
    if opened := current_session():
        sessions.end_session(
            db.session, opened=opened, why=Ended.SIGNED_OUT, by=opened.person, now=clock.now()
        )
    session.clear()
    return browser.forget_everything(answer)


# The browser that has been here before


def remember_browser(answer: Response, person: Person) -> Response:
    """Let this browser show later that somebody signed in to this account with it.

    It opens nothing. It only spares the owner the waits that strangers cause (`rules.Slowdown`) and
    the news about a sign-in from a new device. The five people who used it last are remembered.
    """
    others = [id for id in _known() if id != str(person.id)]
    known = [str(person.id), *others][:_PEOPLE_OF_ONE_BROWSER]
    browser.keep(answer, _KNOWN, str(signer(_KNOWN).dumps(known)), seconds=_A_YEAR)
    return answer


def known_as() -> frozenset[str]:
    """Return the ids of the accounts that this browser has signed in to before."""
    return frozenset(_known())


def _known() -> list[str]:
    try:
        known = signer(_KNOWN).loads(request.cookies.get(browser.cookie_name(_KNOWN), ""))
    except BadSignature:
        return []
    return [str(id) for id in known] if isinstance(known, list) else []


# This request


def _load(_request: Request) -> Person | None:
    """Find the session of the cookie; Flask-Login calls this once for each request."""
    secret = session.get(_SECRET)
    opened = queries.session_by_secret(db.session, hash_of(secret)) if secret else None
    if opened is None:
        return None
    now = clock.now()
    if not rules.is_live(opened, now=now) or not rules.can_sign_in(opened.person):
        g.ended_session = opened
        return None
    g.portal_session = opened
    if opened.representation_id:
        browser.mark_forms(opened.representation_id.hex)
    if request.endpoint not in QUIET and rules.is_seen_anew(opened, now=now):
        # In a transaction of its own: a sign of life is no part of the deed.
        with db.sessionmaker.begin() as aside:
            sessions.note_use(aside, id=opened.id, now=now)
        opened.seen_at = now
    return opened.person


def _person() -> Any:
    return current_user._get_current_object()  # noqa: SLF001 (the only way behind the proxy)


def current_session() -> PortalSession | None:
    """Return the live session of this request, if there is one."""
    return g.get("portal_session") if whoever_is_signed_in() else None


def needed_session() -> PortalSession:
    """Return the live session of this request; the view lets only signed-in people in."""
    found = current_session()
    if found is None:
        raise NotAllowed("Bitte melden Sie sich an.")
    return found


def whoever_is_signed_in() -> Person | None:
    """Return the person of this request, if any, for layouts and public pages."""
    person = _person()
    return person if isinstance(person, Citizen | StaffMember) else None


def account_holder() -> Citizen:
    """Return the citizen who signed in, whoever they act for; for pages about the own account."""
    person = _person()
    if not isinstance(person, Citizen):
        raise NotAllowed("Bitte melden Sie sich an.")
    return person


def signed_in_citizen() -> Citizen:
    """Return the citizen whose matters these are: the one who signed in, or whom they act for.

    Deeds done by the result are written down as done by the one for the other (`Citizen.actor`).
    """
    holder = account_holder()
    representation = representing.acting(needed_session(), now=clock.now())
    return representation.principal if representation else holder


def signed_in_staff() -> StaffMember:
    """Return the staff member of this request; the view is marked `@staff(…)`."""
    person = _person()
    if not isinstance(person, StaffMember):
        raise NotAllowed("Bitte melden Sie sich an.")
    return person


# Who may enter


def account_holders(view: Callable[P, R]) -> Callable[P, R]:
    """Let signed-in citizens in, to their own account; send others to the sign-in and back."""

    @functools.wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if not isinstance(_person(), Citizen):
            return _sign_in_first("accounts.sign_in")  # type: ignore[return-value]
        return view(*args, **kwargs)

    return declare(wrapped, Access("citizen", "account"))


def citizens(power: Power, *, script: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let citizens in, and who acts for one with this `power`; for others there is nothing.

    What was sent from a page that was rendered for somebody else is kept aside and not carried out:
    two tabs, a switch in one of them, and the other one writes into nobody's file. Where a `script`
    asks, it hears that nobody is signed in: the way to the sign-in would be no answer to it.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            if not isinstance(_person(), Citizen):
                if script:
                    raise SignedOut(gettext("Ihre Anmeldung ist abgelaufen. Melden Sie sich an."))
                return _sign_in_first("accounts.sign_in")  # type: ignore[return-value]
            opened = needed_session()
            if request.method not in {"GET", "HEAD"} and _form_is_for() != opened.representation_id:
                return _keep_aside(opened)  # type: ignore[return-value]
            representing.check_may(opened, power, now=clock.now())
            return view(*args, **kwargs)

        return declare(wrapped, Access("citizen", power.value))

    return decorate


def staff(right: Right | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let staff in who carry `right` (or any) and have shown a second factor.

    Who is not signed in goes to the staff sign-in; who has no second factor yet sets one up; for
    who lacks the right there is nothing here.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            person = _person()
            if not isinstance(person, StaffMember):
                return _sign_in_first("staff_accounts.sign_in")  # type: ignore[return-value]
            if not rules.opens_office(needed_session(), person):
                return redirect(url_for("staff_keys.set_up"))  # type: ignore[return-value]
            if right is not None:
                rules.check(person, right)
            return view(*args, **kwargs)

        return declare(wrapped, Access("staff", right.value if right else None))

    return decorate


def newcomers(view: Callable[P, R]) -> Callable[P, R]:
    """Let staff in who still have to set up what opens the office, and those who have."""

    @functools.wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if not isinstance(_person(), StaffMember):
            return _sign_in_first("staff_accounts.sign_in")  # type: ignore[return-value]
        return view(*args, **kwargs)

    return declare(wrapped, Access("staff", "account"))


def proved_lately(view: Callable[P, R]) -> Callable[P, R]:
    """Ask for the password or a key once more when the last proof is a while ago (ASVS 7.5.3).

    Stands below the words that say who may enter. What was sent is kept meanwhile.
    """

    @functools.wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        return ask_for_proof() or view(*args, **kwargs)  # type: ignore[return-value]

    return wrapped


def ask_for_proof() -> Response | None:
    """Return the way to the page of a new proof, or None when the last one is fresh enough."""
    opened = needed_session()
    if rules.has_proved_lately(opened, now=clock.now()):
        return None
    who = "staff_accounts" if opened.staff_member_id else "accounts"
    return redirect(url_for(f"{who}.prove_anew", next=_come_back(opened)))


def _sign_in_first(endpoint: str) -> Response:
    """Send somebody to the sign-in page and back; what they have sent is kept for them."""
    return redirect(url_for(endpoint, next=_come_back(g.get("ended_session"))))


def _form_is_for() -> UUID | None:
    """Return the representation for which the form that was sent had been rendered."""
    try:
        return UUID(browser.form_mark())
    except ValueError:
        return None


def _keep_aside(opened: PortalSession) -> Response:
    """Keep what was typed for another person than the present one, and lead to the choice."""
    if not request.form or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        raise Conflict(
            gettext(
                "Sie handeln inzwischen für eine andere Person. Es wurde nichts gespeichert. Laden"
                " Sie die Seite neu."
            )
        )
    return redirect(_come_back(opened))


def _come_back(known: PortalSession | None) -> str:
    """Return where to go on after the sign-in: this page, or what was sent to it."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    if known is None or known.ended_at is not None or not request.form:
        return "/"  # only a session that was simply too old leaves something behind
    # In a transaction of its own: the view that would commit is never reached.
    db.session.expunge(known)  # it stays readable when this request's own transaction is let go
    db.session.rollback()
    with db.sessionmaker.begin() as aside:
        kept = keeping.keep_form(
            aside,
            ended=known,
            path=request.full_path.rstrip("?"),
            fields=list(request.form.items(multi=True)),
            had_files=any(file.filename for file in request.files.values()),
            representation_id=_form_is_for(),
            now=clock.now(),
        )
        aside.flush()  # the address names it
        id = kept.id
    where = "staff_accounts" if known.staff_member_id else "accounts"
    return url_for(f"{where}.go_on", id=id)


def init_app(app: Flask) -> None:
    """Load the person of each request; templates ask `signed_in`, `served`, `can`."""
    login_manager.init_app(app)
    login_manager.session_protection = None
    login_manager.request_loader(_load)

    @app.context_processor
    def people() -> dict[str, Any]:
        return {
            "signed_in": whoever_is_signed_in(),
            "can": _can,
            "session_ends": _session_ends,
        }

    def _can(right: str) -> bool:
        person = whoever_is_signed_in()
        return isinstance(person, StaffMember) and rules.can(person, Right(right))

    def _session_ends() -> Any:
        opened = current_session()
        return rules.ends_at(opened) if opened else None
