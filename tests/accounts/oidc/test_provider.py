"""How a provider describes itself, which keys count, and how often it is asked."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey, OctKey

from portal.accounts.oidc import provider as providers
from portal.accounts.oidc.errors import ProviderUnavailable, SignInRefused
from portal.accounts.oidc.levels import acr_values, level_of, read
from portal.accounts.oidc.provider import DESCRIPTION_LASTS, KEYS_LAST, PAUSE_AFTER_FAILURE
from portal.accounts.oidc.signin import begin, finish
from portal.core.config import OIDC_LEVELS, Settings
from tests.accounts.oidc.crooked import NOW, Crooked, drips, is_silent, rsa_key, says

WELL_KNOWN = "/.well-known/openid-configuration"
MINUTE = timedelta(minutes=1)


def described(**fields: object) -> Callable[[Crooked], object]:
    return lambda crooked: crooked.description.update(fields)


def page(answer: Callable[..., None]) -> Callable[[Crooked], object]:
    return lambda crooked: crooked.pages.update({WELL_KNOWN: answer})


DESCRIPTIONS: dict[str, tuple[Callable[[Crooked], object], str]] = {
    "another name": (described(issuer="https://id.example"), "another name"),
    "its name with a slash more": (
        lambda it: it.description.update(issuer=it.issuer + "/"), "another name",
    ),
    "no name": (lambda it: it.description.pop("issuer"), "lacks"),
    "no token endpoint": (lambda it: it.description.pop("token_endpoint"), "lacks"),
    "a list for an address": (described(jwks_uri=["a", "b"]), "lacks"),
    "keys elsewhere": (described(jwks_uri="https://keys.example/jwks"), "keys.example"),
    "tokens from another port": (described(token_endpoint="http://127.0.0.1:9/token"), ":9"),
    "tokens from inside the office": (
        described(token_endpoint="http://169.254.169.254/latest"), "169.254.169.254",
    ),
    "another scheme": (
        lambda it: it.description.update(token_endpoint=it.issuer.replace("http", "https")),
        "https://127.0.0.1",
    ),
    "a file": (described(jwks_uri="file:///etc/passwd"), "no address"),
    "a script for the browser": (
        described(authorization_endpoint="javascript:alert(1)"), "no address",
    ),
    "the browser sent elsewhere": (
        described(authorization_endpoint="https://phish.example/"), "phish.example",
    ),
    "a name before the address": (
        lambda it: it.description.update(
            jwks_uri=it.issuer.replace("//", "//id.example@") + "/jwks"
        ),
        "no address",
    ),
    "signing out elsewhere": (described(end_session_endpoint="https://x.example"), "x.example"),
    "userinfo elsewhere": (described(userinfo_endpoint="https://x.example"), "x.example"),
    "sent on": (page(says(302, Location="http://127.0.0.1:9/")), "CallRefused"),
    "sent on with a huge page": (page(says(301, b"x" * 600_000, Location="/x")), "CallRefused"),
    "huge": (page(says(200, b'{"x": "' + b"x" * 600_000)), "CallRefused"),
    "one byte now and then": (page(drips), "Timeout"),
    "silence": (page(is_silent), "Timeout"),
    "not there": (page(says(404, b"{}")), "404"),
    "down": (page(says(503)), "503"),
    "a page": (page(says(200, b"<html>")), "JSONDecodeError"),
    "a list": (page(says(200, b"[]")), "no object"),
    "brackets without end": (page(says(200, b"[" * 100_000)), "Recursion"),
}  # fmt: skip


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_check_40_a_provider_that_is_not_what_it_should_be_is_left_alone(
    crooked: Crooked, name: str
) -> None:
    bend, reason = DESCRIPTIONS[name]
    bend(crooked)
    with pytest.raises(ProviderUnavailable, match="mit E-Mail und Passwort") as failed:
        begin(crooked.seen_by_portal(), next_page="/", now=NOW)
    assert reason in failed.value.reason
    assert set(crooked.asked) == {WELL_KNOWN}


def test_a_provider_that_is_gone_is_left_alone_for_a_moment(crooked: Crooked) -> None:
    provider = crooked.seen_by_portal()
    crooked.pages[WELL_KNOWN] = says(503)
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            provider.description(NOW)
    assert crooked.asked[WELL_KNOWN] == 1
    # And is found again once it is back.
    del crooked.pages[WELL_KNOWN]
    assert provider.description(NOW + PAUSE_AFTER_FAILURE).issuer == crooked.issuer


def test_behind_a_slow_provider_nobody_queues_for_long(crooked: Crooked) -> None:
    # Given a provider that knows its keys by heart and has just become slow
    provider = crooked.seen_by_portal()
    provider.keys(NOW)
    crooked.pages["/jwks"] = is_silent
    begun = time.monotonic()
    # When eight want new ones at once
    with ThreadPoolExecutor(8) as people:
        asked = [
            people.submit(provider.renewed_keys, NOW + timedelta(seconds=61)) for _ in range(8)
        ]
        # Then the known ones are there without waiting
        assert provider.keys(NOW)
        assert time.monotonic() - begun < 0.9
    # And all are told soon that it does not answer, or given the old ones
    assert time.monotonic() - begun < 6
    assert crooked.asked["/jwks"] == 2
    assert any(isinstance(one.exception(), ProviderUnavailable) for one in asked)


def test_who_comes_while_it_is_asked_waits_a_moment_only(
    crooked: Crooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "LONGEST_QUEUE", 0.05)
    provider = crooked.seen_by_portal()
    crooked.pages[WELL_KNOWN] = is_silent
    with ThreadPoolExecutor(2) as people:
        asked = [people.submit(provider.description, NOW) for _ in range(2)]
    reasons = {one.exception().reason for one in asked}  # type: ignore[union-attr]
    assert "it is being asked, and slow" in reasons


def test_nobody_there_at_all() -> None:
    settings = Settings(
        demo=True, oidc_issuer="http://127.0.0.1:9", oidc_client_id="a", oidc_client_secret="b"
    )
    provider = providers.from_settings(settings, callback="/zurueck")
    assert provider
    with pytest.raises(ProviderUnavailable):
        begin(provider, next_page="/", now=NOW)


def test_outside_the_demo_nothing_on_the_own_machine_is_called(crooked: Crooked) -> None:
    settings = Settings(oidc_issuer=crooked.issuer, oidc_client_id="a", oidc_client_secret="b")
    provider = providers.from_settings(settings, callback="/zurueck")
    assert provider
    with pytest.raises(ProviderUnavailable):
        provider.description(NOW)
    assert not crooked.asked


def test_an_address_that_is_none_opens_no_door() -> None:
    """Else `javascript:`, which has no origin either, would be among the known ones."""
    settings = Settings(oidc_issuer="https://id.example", oidc_hosts=("https://", "x", ""))
    provider = providers.from_settings(settings, callback="/zurueck")
    assert provider
    assert provider.registration.origins == {"https://id.example:443"}


def test_without_an_issuer_there_is_no_provider() -> None:
    assert providers.from_settings(Settings(demo=True), callback="/zurueck") is None


def test_the_secret_is_in_no_text_of_the_registration(crooked: Crooked) -> None:
    registration = crooked.seen_by_portal().registration
    assert registration.client_secret not in repr(registration)


def test_description_and_keys_are_asked_for_once_an_hour(crooked: Crooked) -> None:
    provider = crooked.seen_by_portal()
    for minutes in (0, 1, 59):
        provider.keys(NOW + minutes * MINUTE)
    assert crooked.asked == {WELL_KNOWN: 1, "/jwks": 1}
    provider.keys(NOW + max(DESCRIPTION_LASTS, KEYS_LAST))
    assert crooked.asked == {WELL_KNOWN: 2, "/jwks": 2}


def test_a_new_key_is_found(crooked: Crooked) -> None:
    # Given a portal that knows the old key
    provider = crooked.seen_by_portal()
    provider.keys(NOW - 2 * MINUTE)
    # When the provider signs with a new one
    crooked.key = rsa_key("two")
    crooked.header["kid"] = "two"
    crooked.keys = [crooked.key.as_dict(private=False)]
    kept, query = crooked.started(provider)
    # Then that is fetched
    assert finish(provider, kept, query, now=NOW).subject == "4711"


def test_check_40_made_up_keys_do_not_make_the_portal_knock_again_and_again(
    crooked: Crooked,
) -> None:
    provider = crooked.seen_by_portal()
    provider.keys(NOW - 2 * MINUTE)
    crooked.id_token = lambda: crooked.signed_by(rsa_key("two"), alg="RS256", kid="two")
    for seconds in range(59):
        kept, query = crooked.started(provider)
        with pytest.raises(SignInRefused):
            finish(provider, kept, query, now=NOW + timedelta(seconds=seconds))
    assert crooked.asked["/jwks"] == 2
    # The right key is still known.
    crooked.id_token = crooked.signed
    kept, query = crooked.started(provider)
    assert finish(provider, kept, query, now=NOW).subject == "4711"


def _public(key: ECKey, **fields: str) -> dict[str, object]:
    return {**key.as_dict(private=False), **fields}


@pytest.mark.parametrize(
    "entry",
    [
        {**OctKey.import_key("s" * 32).as_dict(private=True), "kid": "one"},
        {"kty": "RSA", "kid": "one", "e": "AQAB", "n": "_" * 170 + "8"},  # 1024 bits
        {**rsa_key("one").as_dict(private=False), "use": "enc"},
        _public(ECKey.generate_key("P-256"), kid="one", use="enc"),
        {"kty": "RSA", "kid": "one", "e": "AQAB"},
        {"kty": "RSA", "kid": "one", "e": "AQAB", "n": 65537},
        {"kty": "EC", "kid": "one", "crv": "P-256", "x": "AQAB", "y": "AQAB"},
        {"kty": "AKP", "kid": "one"},
        {"kid": "one"},
        "one",
        None,
    ],
    ids=[
        "secret",
        "short",
        "encryption",
        "EC encryption",
        "half",
        "number",
        "off",
        "new",
        "?",
        "text",
        "-",
    ],
)
def test_check_08_a_key_that_is_no_good_checks_nothing(crooked: Crooked, entry: object) -> None:
    crooked.keys = [entry]  # type: ignore[list-item]
    provider = crooked.seen_by_portal()
    with pytest.raises(ProviderUnavailable, match="mit E-Mail") as failed:
        provider.keys(NOW)
    assert failed.value.reason == "it shows no key that is good enough"
    # Beside a good one it is passed over.
    crooked.keys = [entry, crooked.key.as_dict(private=False)]  # type: ignore[list-item]
    assert len(provider.keys(NOW + MINUTE).keys) == 1


@pytest.mark.parametrize("found", [{}, {"keys": None}, {"keys": "one"}, {"keys": {}}])
def test_keys_in_another_shape(crooked: Crooked, found: object) -> None:
    crooked.pages["/jwks"] = says(200, json.dumps(found).encode())
    with pytest.raises(ProviderUnavailable):
        crooked.seen_by_portal().keys(NOW)


@pytest.mark.parametrize(
    ("methods", "in_form"),
    [
        (["client_secret_basic"], False), (["client_secret_post"], True),
        (["client_secret_post", "client_secret_basic"], False), (None, False),
    ],
)  # fmt: skip
def test_the_secret_is_shown_as_the_provider_asks(
    crooked: Crooked, methods: list[str] | None, in_form: bool
) -> None:
    if methods:
        crooked.description["token_endpoint_auth_methods_supported"] = methods
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    finish(provider, kept, query, now=NOW)
    assert ("client_secret" in crooked.forms[-1]) is in_form


def test_a_provider_that_takes_no_secret_is_left_alone(crooked: Crooked) -> None:
    crooked.description["token_endpoint_auth_methods_supported"] = ["none", "private_key_jwt"]
    provider = crooked.seen_by_portal()
    kept, query = crooked.started(provider)
    with pytest.raises(ProviderUnavailable):
        finish(provider, kept, query, now=NOW)
    assert not crooked.forms


def test_levels_are_what_the_operator_says() -> None:
    levels = read(OIDC_LEVELS)
    assert level_of("http://eidas.europa.eu/LoA/substantial", levels) == 2
    assert level_of("STORK-QAA-Level-4", levels) == 3
    assert level_of("3", levels) == 3
    assert [level_of(acr, levels) for acr in ("0", "", "HIGH", None, 3, ["high"])] == [0] * 6
    assert read(["urn:x=y=2", "=3"]) == {"urn:x=y": 2}


@pytest.mark.parametrize(
    ("at_least", "wanted", "supported", "asked"),
    [
        (1, 2, [], ["mid", "top", "low"]), (1, 1, [], ["low", "mid", "top"]), (3, 3, [], ["top"]),
        (1, 3, [], ["top", "mid", "low"]), (1, 2, ["low", "top"], ["top", "low"]),
        (2, 2, ["gold"], []),
    ],
)  # fmt: skip
def test_the_wanted_level_is_asked_for_first(
    at_least: int, wanted: int, supported: list[str], asked: list[str]
) -> None:
    levels = {"low": 1, "mid": 2, "top": 3}
    assert acr_values(levels, at_least=at_least, wanted=wanted, supported=supported) == asked
