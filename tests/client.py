"""A test client that judges each HTML answer as SCREENS.md does, and finds forgotten commits."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import lxml.html
from flask import g, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction
from werkzeug.test import TestResponse

from portal.accounts.keys import Method, PortalSession
from portal.accounts.models import Citizen, StaffMember
from portal.accounts.service.secrets import hash_of, new_secret
from portal.audit import pending
from portal.core import clock
from portal.core.db import db

_KNOWN = "_sessions_of_test"
STRAIGHT_QUOTES = re.compile(r'(?<![=\w])"\w')


class PortalClient(FlaskClient):
    """Send requests, follow the rules of the house on every answer."""

    def sign_in(self, person: Citizen | StaffMember) -> None:
        """Open a session for `person` and put its cookie into this browser."""
        with self.application.app_context():
            secret = cookie_secret(person)
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie["secret"] = secret

    def post_form(
        self, path: str, data: dict[str, Any] | None = None, **kwargs: Any
    ) -> TestResponse:
        """Post a form with a valid CSRF token, as the page at `path` would."""
        token = self.csrf_token()
        return self.post(path, data={"csrf_token": token, **(data or {})}, **kwargs)

    def csrf_token(self) -> str:
        """Return a CSRF token of this session."""
        _forget_last_request()
        page = super().open("/dev/csrf", method="GET")
        _end_request()
        return page.get_data(as_text=True)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request and check the answer."""
        writes: list[str] = []

        def remember(session: Session, *_: object) -> None:
            if session.new or session.dirty or session.deleted:
                writes.append("uncommitted")

        def remember_deeds(session: Session, transaction: SessionTransaction) -> None:
            if transaction.parent is None and pending.of(session).unwritten:
                writes.append("uncommitted")

        commits: list[str] = []

        def committed(_session: Session) -> None:
            commits.append("committed")

        _forget_last_request()
        event.listen(Session, "after_flush", remember)
        event.listen(Session, "after_transaction_end", remember_deeds, insert=True)
        event.listen(Session, "before_commit", committed)
        try:
            answer = super().open(*args, **kwargs)
        finally:
            event.remove(Session, "after_flush", remember)
            event.remove(Session, "before_commit", committed)
            _end_request()
            event.remove(Session, "after_transaction_end", remember_deeds)
        if writes and not commits and answer.status_code < 400:
            raise AssertionError(f"{answer.request.path} left changes uncommitted")
        if answer.mimetype == "text/html" and answer.status_code not in {301, 302, 303, 307, 308}:
            check_html(answer.get_data(as_text=True))
        return answer


def cookie_secret(person: Citizen | StaffMember) -> str:
    """Open a session of a sign-in with everything, and return what its cookie holds.

    The row is written without the deed: what a test counts begins after the sign-in.
    """
    secret, now = new_secret(), clock.now()
    with db.sessionmaker.begin() as aside:  # what the test has not committed yet stays as it is
        opened = PortalSession(
            secret_hash=hash_of(secret),
            method=Method.DEMO,
            level=3,
            device="Browser",
            network="127.0.0.1",
            started_at=now,
            seen_at=now,
            stepped_up_at=now,
            citizen_id=person.id if isinstance(person, Citizen) else None,
            staff_member_id=person.id if isinstance(person, StaffMember) else None,
        )
        aside.add(opened)
    return secret


def _end_request() -> None:
    """Close what the request has opened: in the app context of the test nobody else would."""
    if has_app_context():
        for opened in g.pop("_sqlalchemy_sessions", {}).values():
            opened.close()


def settle() -> None:
    """Write what the test has done so far, deeds too: the next request finds it as if committed."""
    for session in _sessions_of_test():
        session.flush()
        pending.write(session)


def _sessions_of_test() -> list[Session]:
    """Return the sessions opened between requests in the app context that the test holds open."""
    if not has_app_context():
        return []
    known: list[Session] = g.setdefault(_KNOWN, [])
    opened = g.get("_sqlalchemy_sessions", {}).values()
    known += [session for session in opened if session not in known]
    return known


def _forget_last_request() -> None:
    """Empty `g`: the fixture `session` holds one app context open; a request starts with none."""
    settle()
    if has_app_context():
        for name in set(g) - {_KNOWN}:
            g.pop(name)


def check_html(source: str) -> None:
    """Raise unless the page has what every page must have."""
    html = lxml.html.document_fromstring(source)
    assert html.get("lang"), "no language"
    headings = list(html.iter("h1"))
    assert len(headings) == 1, f"{len(headings)} h1"
    title = "".join(html.find("head/title").itertext()).strip()
    heading = " ".join("".join(headings[0].itertext()).split())
    plain_title = title.removeprefix("Fehler: ")
    assert " ".join(plain_title.split()).startswith(heading), (
        f"title {title!r}, heading {heading!r}"
    )
    elements = list(html.iter("*"))
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    twice = {id for id, count in ids.items() if count > 1}
    assert not twice, f"ids used twice: {twice}"
    labelled = {label.get("for") for label in html.iter("label")}
    for tag in ("input", "select", "textarea"):
        for field in html.iter(tag):
            if field.get("type") in {"hidden", "submit", "button"}:
                continue
            named = (
                field.get("id") in labelled
                or field.get("aria-label")
                or field.get("aria-labelledby")
            )
            assert named, f"field without label: {field.get('name')}"
    for script in html.iter("script"):
        assert script.get("src") or script.get("type") in {"application/json", "importmap"}, (
            "inline script"
        )
    for element in elements:
        assert element.get("style") is None, f"inline style on {element.tag}"
        assert not any(name.startswith("on") for name in element.attrib), (
            f"inline handler on {element.tag}"
        )
    for image in html.iter("img"):
        assert image.get("alt") is not None, "picture without text"
    text = " ".join(
        t for e in elements if e.tag not in {"script", "style"} for t in (e.text, e.tail) if t
    )
    assert not STRAIGHT_QUOTES.search(text), "straight quotes in text; use „ and “"
