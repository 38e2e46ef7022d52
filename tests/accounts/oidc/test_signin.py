"""Wrong answers of a provider, each over real HTTP, each refused for its own reason."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from portal.accounts.oidc import errors
from portal.accounts.oidc.errors import (
    LevelTooLow,
    ProviderUnavailable,
    SignInCancelled,
    SignInRefused,
    StartExpired,
)
from portal.accounts.oidc.signin import STARTS_AT_ONCE, begin, finish, keep, take
from portal.core.errors import PortalError
from tests.accounts.oidc.crooked import AT, NOW, SECRET, Crooked, hs256, rs256, rsa_key, says

Bend = Callable[[Crooked], object]


def set_claims(**claims: Any) -> Bend:
    """Say something else; None leaves the claim out."""

    def bend(crooked: Crooked) -> None:
        crooked.claims |= claims
        for name in [name for name, value in claims.items() if value is None]:
            del crooked.claims[name]

    return bend


def token(made: Callable[[Crooked], object]) -> Bend:
    def bend(crooked: Crooked) -> None:
        crooked.id_token = lambda: made(crooked)

    return bend


def answer(**fields: Any) -> Bend:
    return lambda crooked: crooked.token_answer.update(fields)


def page(path: str, status: int, body: bytes = b"", **headers: str) -> Bend:
    return lambda crooked: crooked.pages.update({path: says(status, body, **headers)})


def key_in_the_header(crooked: Crooked) -> str:
    own = ECKey.generate_key("P-256")
    return crooked.signed_by(own, alg="ES256", jwk=own.as_dict(private=False))


SIGNATURES = {
    "no signature": (token(Crooked.unsigned), "UnsupportedAlgorithmError"),
    "signed with the client's secret": (
        token(lambda it: it.by_hand(hs256(SECRET.encode()), alg="HS256")),
        "UnsupportedAlgorithmError",
    ),
    "signed with the public key as a secret": (
        token(lambda it: it.by_hand(hs256(it.key.as_pem(private=False)), alg="HS256")),
        "UnsupportedAlgorithmError",
    ),
    "another key under the right name": (
        token(lambda it: it.signed_by(rsa_key("mallory"), alg="RS256")), "BadSignatureError",
    ),
    "an unknown key": (
        token(lambda it: it.signed_by(rsa_key("two"), alg="RS256", kid="two")),
        "InvalidKeyIdError",
    ),
    "a key in the token itself": (token(key_in_the_header), "InvalidKeyIdError"),
    "another kind of key": (
        token(lambda it: it.signed_by(ECKey.generate_key("P-256"), alg="ES256")),
        "InvalidKeyIdError",
    ),
    "a word that must be understood": (
        token(lambda it: it.by_hand(rs256(it.key), alg="RS256", crit=["x"], x=1)), "Header",
    ),
    "claims changed after signing": (
        token(lambda it: it.signed().replace(".", ".e30", 1)), "Error",
    ),
    "a signature cut off": (token(lambda it: it.signed()[:-9]), "BadSignatureError"),
    "claims nested without end": (
        token(lambda it: it.by_hand(rs256(it.key), b"[" * 90_000, alg="RS256")), "RecursionError",
    ),
    "claims that are no text": (
        token(lambda it: it.by_hand(rs256(it.key), b"\xff\xfe", alg="RS256")), "Error",
    ),
    "claims that are a list": (
        token(lambda it: it.by_hand(rs256(it.key), b"[]", alg="RS256")), "InvalidPayloadError",
    ),
    "not a token": (token(lambda _: "Guten Tag"), "Error"),
    "not even a text": (token(lambda _: {"sub": "4711"}), "no token"),
    "no token": (token(lambda _: None), "no token"),
}  # fmt: skip

CLAIMS = {
    "another issuer": (set_claims(iss="https://id.example"), "InvalidClaimError iss"),
    "the issuer with a slash more": (
        lambda it: it.claims.update(iss=it.issuer + "/"), "InvalidClaimError iss",
    ),
    "no issuer": (set_claims(iss=None), "MissingClaimError iss"),
    "for another portal": (set_claims(aud="another"), "InvalidClaimError aud"),
    "for others only": (set_claims(aud=["a", "b"], azp="portal"), "InvalidClaimError aud"),
    "for several, nobody named": (set_claims(aud=["portal", "b"]), "MissingClaimError azp"),
    "for several, given to another": (
        set_claims(aud=["portal", "b"], azp="b"), "InvalidClaimError azp",
    ),
    "for the portal, given to another": (set_claims(azp="b"), "InvalidClaimError azp"),
    "for nobody": (set_claims(aud=None), "MissingClaimError aud"),
    "expired": (set_claims(exp=AT - 61), "ExpiredTokenError"),
    "never expires": (set_claims(exp=None), "MissingClaimError exp"),
    "expires at no number": (set_claims(exp=float("nan")), "InvalidClaimError exp"),
    "issued in the future": (set_claims(iat=AT + 61), "InvalidClaimError iat"),
    "not valid yet": (set_claims(nbf=AT + 61), "InvalidClaimError nbf"),
    "issued at no time": (set_claims(iat=None), "MissingClaimError iat"),
    "no nonce": (set_claims(nonce=None), "MissingClaimError nonce"),
    "the nonce of another sign-in": (set_claims(nonce="n-1"), "InvalidClaimError nonce"),
    "a list for a nonce": (set_claims(nonce=["n-1"]), "InvalidClaimError nonce"),
    "another access token": (set_claims(at_hash="MTIzNDU2Nzg5MDEyMzQ1Ng"), "at_hash"),
    "nobody": (set_claims(sub=None), "MissingClaimError sub"),
    "an empty name": (set_claims(sub=""), "subject"),
    "a name that is too long": (set_claims(sub="x" * 256), "subject"),
    "a name with NUL": (set_claims(sub="47\x0011"), "subject"),
    "a number for a name": (set_claims(sub=4711), "InvalidClaimError sub"),
}  # fmt: skip

ANSWERS = {
    "userinfo of somebody else": (lambda it: it.userinfo.update(sub="42"), "somebody else"),
    "userinfo of nobody": (lambda it: it.userinfo.pop("sub"), "somebody else"),
    "no access token": (answer(access_token=None), "access token"),
    "another kind of token": (answer(token_type="DPoP"), "access token"),
    "a code that was used": (page("/token", 400, b'{"error": "invalid_grant"}'), "used before"),
}


@pytest.mark.parametrize("name", [*SIGNATURES, *CLAIMS, *ANSWERS])
def test_check_08_an_answer_that_proves_nothing_is_refused(crooked: Crooked, name: str) -> None:
    bend, reason = {**SIGNATURES, **CLAIMS, **ANSWERS}[name]
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    bend(crooked)
    with pytest.raises(SignInRefused) as refused:
        finish(provider, kept, query, now=NOW)
    assert reason in refused.value.reason
    assert refused.value.status == 403
    assert refused.value.message.startswith("Die Anmeldung hat nicht geklappt")


HONEST: dict[str, Bend] = {
    "as it is": lambda _: None,
    "for several, given to the portal": set_claims(aud=["portal", "b"], azp="portal"),
    "with the hash of its access token": lambda it: it.claims.update(
        at_hash=it.at_hash(it.access_token)
    ),
    "clocks a minute apart": set_claims(iat=AT + 59, nbf=AT + 59, exp=AT - 59),
    "a type in small letters": answer(token_type="bearer"),
    "without userinfo": lambda it: it.description.pop("userinfo_endpoint"),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_answer_is_taken(crooked: Crooked, name: str) -> None:
    """The table above refuses for the reason it gives, and not because nothing is taken."""
    HONEST[name](crooked)
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    found = finish(provider, kept, query, now=NOW)
    assert (found.issuer, found.subject, found.level) == (crooked.issuer, "4711", 2)
    assert crooked.forms[-1]["code_verifier"] == kept.verifier


UNAVAILABLE = {
    "the portal's secret refused": page("/token", 401, b'{"error": "invalid_client"}'),
    "an error of its own": page("/token", 500, b"oops"),
    "a page instead of tokens": page("/token", 200, b"<html>"),
    "a list instead of tokens": page("/token", 200, b"[]"),
    "the secret sent on": page("/token", 307, Location="http://127.0.0.1:9/"),
    "userinfo that is down": page("/me", 503),
    "userinfo that is no object": page("/me", 200, b'"Oksana"'),
    "userinfo nested without end": page("/me", 200, b"[" * 100_000),
}


@pytest.mark.parametrize("name", UNAVAILABLE)
def test_a_fault_of_the_provider_is_not_the_person_s(crooked: Crooked, name: str) -> None:
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    UNAVAILABLE[name](crooked)
    with pytest.raises(ProviderUnavailable, match="mit E-Mail und Passwort") as failed:
        finish(provider, kept, query, now=NOW)
    assert failed.value.status == 503


QUERIES: dict[str, tuple[dict[str, str | None], type[PortalError]]] = {
    "another state": ({"state": "another"}, SignInRefused),
    "no state": ({"state": None}, SignInRefused),
    "a state with umlauts": ({"state": "ä" * 9}, SignInRefused),
    "a state that is half a sign": ({"state": "\ud800"}, SignInRefused),
    "no code": ({"code": None}, SignInRefused),
    "a code of endless length": ({"code": "x" * 4097}, SignInRefused),
    "from another provider": ({"iss": "https://id.example"}, SignInRefused),
    "an error from another provider": (
        {"iss": "https://id.example", "error": "access_denied"}, SignInRefused,
    ),
    "an error with another state": ({"state": "x", "error": "access_denied"}, SignInRefused),
    "stopped by the person": ({"error": "access_denied"}, SignInCancelled),
    "an error nobody knows": ({"error": "<script>"}, SignInRefused),
    "more asked than it can": ({"error": "unmet_authentication_requirements"}, LevelTooLow),
    "the provider is down": ({"error": "temporarily_unavailable"}, ProviderUnavailable),
}  # fmt: skip


@pytest.mark.parametrize("name", QUERIES)
def test_check_08_an_answer_that_nobody_has_asked_for_is_refused(
    crooked: Crooked, name: str
) -> None:
    changes, error = QUERIES[name]
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    bent = {key: value for key, value in {**query, **changes}.items() if value is not None}
    with pytest.raises(PortalError) as refused:
        finish(provider, kept, bent, now=NOW)
    assert type(refused.value) is error
    assert "script" not in refused.value.message
    assert crooked.asked["/token"] == 0, "no code may be sent anywhere"


def test_check_08_a_provider_that_always_says_who_it_is_must_say_so(crooked: Crooked) -> None:
    crooked.description["authorization_response_iss_parameter_supported"] = True
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    with pytest.raises(SignInRefused, match="nicht geklappt"):
        finish(provider, kept, query, now=NOW)
    assert finish(provider, kept, {**query, "iss": crooked.issuer}, now=NOW).subject == "4711"


@pytest.mark.parametrize(
    ("acr", "at_least", "taken"),
    [
        ("high", 3, True), ("substantial", 3, False), ("substantial", 2, True), ("low", 2, False),
        ("low", 1, True), ("gold", 1, False), ("", 1, False), (None, 1, False), (["low"], 1, False),
        (1, 1, False), ("low", 0, True), (None, 0, False),
    ],
)  # fmt: skip
def test_check_08_the_level_is_what_the_token_says(
    crooked: Crooked, acr: object, at_least: int, taken: bool
) -> None:
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider, at_least=at_least)
    set_claims(acr=acr)(crooked)
    crooked.userinfo["acr"] = "high"  # userinfo is not signed and says nothing about that
    if taken:
        assert finish(provider, kept, query, now=NOW).level == {"low": 1, "high": 3}.get(acr, 2)
    else:
        with pytest.raises(LevelTooLow, match="Ihren Antrag können Sie auch ohne sie stellen"):
            finish(provider, kept, query, now=NOW)


@pytest.mark.parametrize(
    ("max_age", "auth_time", "taken"),
    [
        (None, None, True), (0, AT, True), (0, AT - 59, True), (0, AT - 61, False),
        (0, None, False), (300, AT - 299, True), (300, AT - 361, False), (300, None, False),
        (300, True, False), (300, "now", False), (300, 1e300, False),
    ],
)  # fmt: skip
def test_check_08_a_step_up_needs_a_new_sign_in(
    crooked: Crooked, max_age: int | None, auth_time: object, taken: bool
) -> None:
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider, max_age=max_age)
    set_claims(auth_time=auth_time)(crooked)
    # The person may take her time: what counts is the time between her two deeds.
    later = NOW + timedelta(minutes=4)
    if taken:
        assert finish(provider, kept, query, now=later).subject == "4711"
    else:
        with pytest.raises(SignInRefused):
            finish(provider, kept, query, now=later)


def test_a_step_up_asks_for_a_new_sign_in(crooked: Crooked) -> None:
    provider = crooked.seen_by_portal()
    plain = begin(provider, next_page="/", now=NOW, wanted=2)
    step = begin(provider, next_page="/", now=NOW, at_least=3, max_age=0)
    asked = [parse_qs(urlsplit(start.address).query) for start in (plain, step)]
    assert [one.get("prompt") for one in asked] == [None, ["login"]]
    assert [one.get("max_age") for one in asked] == [None, ["0"]]
    assert [one["acr_values"] for one in asked] == [["substantial high low"], ["high"]]


def test_a_start_lives_ten_minutes(crooked: Crooked) -> None:
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    crooked.claims["exp"] = AT + 3600
    with pytest.raises(StartExpired, match="zu lange gedauert"):
        finish(provider, kept, query, now=NOW + timedelta(minutes=10))
    assert finish(provider, kept, query, now=NOW + timedelta(minutes=9, seconds=59))


def test_check_08_what_was_kept_serves_once(crooked: Crooked) -> None:
    provider = crooked.seen_by_portal()
    session: dict[str, Any] = {"other": "thing"}
    kept, query = crooked.started(provider)
    keep(session, kept)
    assert take(session, query) == kept
    assert session == {"other": "thing"}
    with pytest.raises(StartExpired, match="schon benutzt") as refused:
        take(session, query)
    assert refused.value.status == 410


def test_two_tabs_do_not_disturb_each_other(crooked: Crooked) -> None:
    provider = crooked.seen_by_portal()
    session: dict[str, Any] = {}
    starts = [crooked.started(provider) for _ in range(STARTS_AT_ONCE + 1)]
    for kept, _ in starts:
        keep(session, kept)
    json.dumps(session)  # a session is kept as JSON
    with pytest.raises(StartExpired):  # the oldest had to go
        take(session, starts[0][1])
    for foreign in ({}, {"state": ""}, {"state": "ä"}):
        with pytest.raises(StartExpired):
            take(session, foreign)
    for kept, query in reversed(starts[1:]):
        assert take(session, query) == kept
    assert session == {}


def test_a_start_of_an_older_version_is_begun_anew() -> None:
    with pytest.raises(StartExpired):
        take({"oidc": [{"state": "x"}]}, {"state": "x"})


PERSONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a whole person": (
        {"given_name": "Oksana", "family_name": "Kovalenko", "birthdate": "1992-03-04"},
        {"given_name": "Oksana", "family_name": "Kovalenko", "birth_date": date(1992, 3, 4)},
    ),
    "a name that turns the line around": (
        {"given_name": "Eva\u202egnp.exe\x00\r\n", "family_name": "  von \t Berg "},
        {"given_name": "Evagnp.exe", "family_name": "von Berg"},
    ),
    "a name of ten thousand": ({"given_name": "x" * 10_000}, {"given_name": "x" * 100}),
    "a name that is none": ({"given_name": ["Eva"], "family_name": " "}, {"given_name": None}),
    "a year only": ({"birthdate": "1992"}, {"birth_date": None}),
    "an unknown year": ({"birthdate": "0000-03-04"}, {"birth_date": None}),
    "a week": ({"birthdate": "1992-W01-1"}, {"birth_date": None}),
    "a number for a date": ({"birthdate": 1992}, {"birth_date": None}),
    "a confirmed address": (
        {"email": "eva@example.org", "email_verified": True}, {"email": "eva@example.org"},
    ),
    "an address nobody confirmed": (
        {"email": "eva@example.org", "email_verified": False}, {"email": None},
    ),
    "an address confirmed in words": (
        {"email": "eva@example.org", "email_verified": "true"}, {"email": None},
    ),
    "an address with NUL": (
        {"email": "eva\x00@example.org", "email_verified": True}, {"email": None},
    ),
    "an address of endless length": (
        {"email": f"{'x' * 250}@example.org", "email_verified": True}, {"email": None},
    ),
    "two addresses": (
        {"email": "eva@example.org\nBcc: x@example.org", "email_verified": True}, {"email": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PERSONS)
def test_what_is_told_of_a_person_is_cleaned(crooked: Crooked, name: str) -> None:
    told, expected = PERSONS[name]
    crooked.userinfo = {"sub": "4711", **told}
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    found = finish(provider, kept, query, now=NOW)
    assert {key: getattr(found, key) for key in expected} == expected


def test_the_signed_token_has_the_last_word(crooked: Crooked) -> None:
    crooked.claims |= {"given_name": "Oksana", "sid": "s-1"}
    crooked.userinfo |= {"given_name": "Mallory", "sid": "s-2", "iss": "https://id.example"}
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    found = finish(provider, kept, query, now=NOW)
    assert (found.given_name, found.sid, found.issuer) == ("Oksana", "s-1", crooked.issuer)


def test_the_log_says_why_and_nothing_of_the_person(
    crooked: Crooked, caplog: pytest.LogCaptureFixture
) -> None:
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    crooked.claims["nonce"] = "Oksana"
    with pytest.raises(SignInRefused):
        finish(provider, kept, query, now=NOW)
    (line,) = [one.getMessage() for one in caplog.records if one.name.startswith("portal.")]
    assert line == "sign-in with the provider failed: InvalidClaimError nonce"


def test_the_tree_is_drawn_as_it_is() -> None:
    assert issubclass(errors.LevelTooLow, SignInRefused)
    assert issubclass(errors.SignInCancelled, SignInRefused)
    assert [kind.status for kind in (ProviderUnavailable, SignInRefused, StartExpired)] == [
        503, 403, 410,
    ]  # fmt: skip
