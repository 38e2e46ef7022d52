"""Tokens that end sessions: anybody can send one, only the provider can make one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.accounts.oidc.errors import SignInRefused
from portal.accounts.oidc.signout import (
    EndedAtProvider,
    read_logout_token,
    sign_out_address,
)
from tests.accounts.oidc.crooked import AT, EVENT, NOW, Crooked, rsa_key


@pytest.mark.parametrize(
    ("changes", "subject", "sid"),
    [
        ({}, "4711", "s-1"), ({"sid": None}, "4711", None), ({"sub": None}, None, "s-1"),
        ({"iat": AT - 299, "exp": AT + 1}, "4711", "s-1"),
    ],
)  # fmt: skip
def test_a_logout_token_names_whose_sessions_end(
    crooked: Crooked, changes: dict[str, Any], subject: str | None, sid: str | None
) -> None:
    token = crooked.logout_token(**changes)
    ended = read_logout_token(crooked.seen_by_portal(), token, now=NOW)
    issued_at = datetime.fromtimestamp(changes.get("iat", AT), UTC)
    assert ended == EndedAtProvider(crooked.issuer, subject, sid, issued_at)


def with_claims(**changes: Any) -> Callable[[Crooked], str]:
    return lambda crooked: crooked.logout_token(**changes)


def typed(typ: str) -> Callable[[Crooked], str]:
    def make(crooked: Crooked) -> str:
        crooked.claims |= {"events": {EVENT: {}}, "jti": "7"}
        return crooked.signed_by(crooked.key, alg="RS256", typ=typ)

    return make


def by_another_key(crooked: Crooked) -> str:
    crooked.key = rsa_key("mallory")
    return crooked.logout_token()


WRONG: dict[str, tuple[Callable[[Crooked], object], str]] = {
    "an ID token": (Crooked.signed, "MissingClaimError"),
    "with a nonce, as an ID token": (with_claims(nonce="n-1"), "no logout token"),
    "of another event": (with_claims(events={"urn:x": {}}), "no logout token"),
    "of an event that is no object": (with_claims(events={EVENT: True}), "no logout token"),
    "of a list of events": (with_claims(events=[EVENT]), "no logout token"),
    "of no event": (with_claims(events=None), "MissingClaimError events"),
    "of another kind": (typed("at+jwt"), "no logout token"),
    "of another issuer": (with_claims(iss="https://id.example"), "InvalidClaimError iss"),
    "for another portal": (with_claims(aud="another"), "InvalidClaimError aud"),
    "for nobody": (with_claims(aud=None), "MissingClaimError aud"),
    "about nobody": (with_claims(sub=None, sid=None), "names nobody"),
    "without a number": (with_claims(jti=None), "MissingClaimError jti"),
    "without a time": (with_claims(iat=None), "MissingClaimError iat"),
    "from the future": (with_claims(iat=AT + 61), "InvalidClaimError iat"),
    "from yesterday": (with_claims(iat=AT - 301), "too old"),
    "expired": (with_claims(exp=AT - 61), "ExpiredTokenError"),
    "by another key": (by_another_key, "BadSignatureError"),
    "unsigned": (Crooked.unsigned, "UnsupportedAlgorithmError"),
    "nothing": (lambda _: None, "no token"),
    "an empty text": (lambda _: "", "Error"),
    "dots": (lambda _: "..", "Error"),
    "not ASCII": (lambda _: "ä.ö.ü", "Error"),
}


@pytest.mark.parametrize("name", WRONG)
def test_check_08_a_token_that_ends_nothing(crooked: Crooked, name: str) -> None:
    make, reason = WRONG[name]
    provider, token = crooked.seen_by_portal(), make(crooked)
    with pytest.raises(SignInRefused) as refused:
        read_logout_token(provider, token, now=NOW)
    assert reason in refused.value.reason


def test_a_token_that_was_sent_before_says_when_it_was_made(crooked: Crooked) -> None:
    """So that only sessions end which began before; the new one of the same person goes on."""
    provider, token = crooked.seen_by_portal(), crooked.logout_token()
    first = read_logout_token(provider, token, now=NOW)
    again = read_logout_token(provider, token, now=NOW + timedelta(minutes=4))
    assert first.issued_at == again.issued_at == NOW


def test_where_to_sign_out_there_too(crooked: Crooked) -> None:
    provider = crooked.seen_by_portal()
    assert sign_out_address(provider, back_to="https://portal.example/?a=b", now=NOW) == (
        f"{crooked.issuer}/end?from=portal&client_id=portal"
        "&post_logout_redirect_uri=https%3A%2F%2Fportal.example%2F%3Fa%3Db"
    )


def test_where_nobody_can_sign_out_nobody_is_sent(crooked: Crooked) -> None:
    del crooked.description["end_session_endpoint"]
    assert sign_out_address(crooked.seen_by_portal(), back_to="https://x/", now=NOW) is None


def test_a_token_is_small(crooked: Crooked) -> None:
    """The view should bound the form; what is longer than any token is refused here as well."""
    token = crooked.logout_token(events={EVENT: {"x": json.dumps("x" * 200_000)}})
    with pytest.raises(SignInRefused):
        read_logout_token(crooked.seen_by_portal(), token, now=NOW)
