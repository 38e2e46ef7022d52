"""Signing in with a provider: where the browser is sent, and what its answer proves.

`begin` gives an address and what the session of this browser must keep; `finish` takes what was
kept and the query of the answer, and gives a `VerifiedIdentity` or raises. Who somebody is, is
issuer and subject together; an e-mail address is a claim about a person, not a key (ASVS 6.8.1).

What is kept is taken out of the session before the answer is looked at, so it serves once.
"""

import hmac
import logging
import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask_babel import gettext
from pydantic import BaseModel, ConfigDict, ValidationError

from portal.accounts.oidc import library, tokens
from portal.accounts.oidc.errors import (
    LevelTooLow,
    ProviderUnavailable,
    SignInCancelled,
    SignInRefused,
    StartExpired,
)
from portal.accounts.oidc.identity import VerifiedIdentity, identity_from
from portal.accounts.oidc.levels import LOWEST, acr_values, level_of
from portal.accounts.oidc.provider import Provider

log = logging.getLogger(__name__)

START_LASTS = timedelta(minutes=10)
STARTS_AT_ONCE = 3
_KEY: Final = "oidc"
_LONGEST_CODE = 4096
_STOPPED = {"access_denied"}
_NOT_AS_ASKED = {"unmet_authentication_requirements", "login_required", "interaction_required"}
_DOWN = {"server_error", "temporarily_unavailable"}


class Kept(BaseModel):
    """What the session of the browser keeps while the person is at the provider."""

    model_config = ConfigDict(frozen=True)

    state: str
    nonce: str
    verifier: str
    at_least: int
    max_age: int | None
    subject: str | None
    purpose: str
    next_page: str
    started_at: datetime


@dataclass(frozen=True)
class Start:
    """A sign-in that begins: send the browser to `address`, and `keep` what is kept."""

    address: str
    kept: Kept


def begin(
    provider: Provider,
    *,
    next_page: str,
    now: datetime,
    purpose: str = "sign_in",
    at_least: int = LOWEST,
    wanted: int = LOWEST,
    max_age: int | None = None,
    subject: str | None = None,
    language: str = "de",
) -> Start:
    """Start a sign-in; raise `ProviderUnavailable`.

    `at_least` is the level without which the answer is refused, `wanted` the one that is asked
    for. With `max_age` (seconds; 0 for a step-up) the person must have signed in with the provider
    not longer ago than that, with `subject` it must be this one. `next_page` is a path of ours
    (`own_path`); it is kept here and never shown to the provider.
    """
    description = provider.description(now)
    registration = provider.registration
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    asked = acr_values(
        registration.levels,
        at_least=at_least,
        wanted=max(wanted, at_least),
        supported=description.acr_values_supported,
    )
    address = library.authorization_address(
        description.authorization_endpoint,
        client_id=registration.client_id,
        redirect_uri=registration.redirect_uri,
        verifier=verifier,
        state=state,
        nonce=nonce,
        acr_values=" ".join(asked) or None,
        ui_locales=language,
        max_age=None if max_age is None else str(max_age),
        prompt=None if max_age is None else "login",
    )
    kept = Kept(
        state=state, nonce=nonce, verifier=verifier, at_least=at_least, max_age=max_age,
        subject=subject, purpose=purpose, next_page=next_page, started_at=now,
    )  # fmt: skip
    return Start(address, kept)


def keep(session: MutableMapping[str, Any], kept: Kept) -> None:
    """Write a start into the session of the browser; the last three are kept, one for each tab."""
    others = session.get(_KEY, [])[-(STARTS_AT_ONCE - 1) :]
    session[_KEY] = [*others, kept.model_dump(mode="json")]


def take(session: MutableMapping[str, Any], query: Mapping[str, str]) -> Kept:
    """Take the start that `query` answers out of the session; raise `StartExpired`.

    An answer that nobody here has asked for leaves the started ones alone: otherwise any page
    could end somebody's sign-in with one picture.
    """
    state = query.get("state", "")
    entries = session.get(_KEY, [])
    found = [entry for entry in entries if _same(str(entry.get("state", "")), state)]
    if not found:
        raise StartExpired("no such sign-in was started in this browser")
    rest = [entry for entry in entries if entry not in found]
    if rest:
        session[_KEY] = rest
    else:
        del session[_KEY]
    try:
        return Kept.model_validate(found[0])
    except ValidationError:
        raise StartExpired("what was kept is of another version") from None


def finish(
    provider: Provider, kept: Kept, query: Mapping[str, str], *, now: datetime
) -> VerifiedIdentity:
    """Return whom the answer proves; raise `SignInRefused`, `StartExpired`, `ProviderUnavailable`.

    `query` is the query of the address the provider sent the browser back to.
    """
    try:
        return _verified(provider, kept, query, now=now)
    except (SignInRefused, StartExpired, ProviderUnavailable) as error:
        log.warning("sign-in with the provider failed: %s", error.reason)
        raise


def _verified(
    provider: Provider, kept: Kept, query: Mapping[str, str], *, now: datetime
) -> VerifiedIdentity:
    code = _code_in(provider, kept, query, now=now)
    answer = provider.tokens_for(code, kept.verifier, now)
    access_token = answer.get("access_token")
    if not isinstance(access_token, str) or str(answer.get("token_type")).lower() != "bearer":
        raise SignInRefused("there is no access token of the kind that is used here")
    claims = tokens.read_id_token(
        provider, answer.get("id_token"), nonce=kept.nonce, access_token=access_token, now=now
    )
    _check_who_and_how(provider, kept, claims)
    told = provider.userinfo(access_token, now)
    if told and told.get("sub") != claims["sub"]:
        raise SignInRefused("userinfo speaks of somebody else")
    return identity_from(claims, told, levels=provider.registration.levels)


def _code_in(provider: Provider, kept: Kept, query: Mapping[str, str], *, now: datetime) -> str:
    """Return the code of an answer that belongs to this start and comes from this provider."""
    if now - kept.started_at >= START_LASTS:
        raise StartExpired("the sign-in took too long")
    if not _same(query.get("state", ""), kept.state):
        raise SignInRefused("the state is another one")
    _check_sender(provider, query.get("iss"), now=now)
    if error := query.get("error"):
        raise _stopped(error)
    code = query.get("code", "")
    if not 0 < len(code) <= _LONGEST_CODE:
        raise SignInRefused("there is no code")
    return code


def _check_sender(provider: Provider, sender: str | None, *, now: datetime) -> None:
    """Refuse an answer of another provider (RFC 9207), which would get our code from us."""
    if sender is None:
        if provider.description(now).authorization_response_iss_parameter_supported:
            raise SignInRefused("the answer does not say which provider it is from")
    elif sender != provider.registration.issuer:
        raise SignInRefused("the answer is from another provider")


def _stopped(error: str) -> SignInRefused | ProviderUnavailable:
    """Return what an answer with `error` means; the provider's own words are shown to nobody."""
    if error in _STOPPED:
        return SignInCancelled("access_denied")
    if error in _NOT_AS_ASKED:
        return LevelTooLow("the provider could not ask for as much as this step needs")
    if error in _DOWN:
        return ProviderUnavailable("it answered with an error of its own")
    return SignInRefused("the provider refuses the request")


def _check_who_and_how(provider: Provider, kept: Kept, claims: Mapping[str, Any]) -> None:
    """Check person, level and age of the sign-in.

    Authlib asks only that `auth_time` is there, and not even that for a `max_age` of 0.
    """
    if kept.subject is not None and claims["sub"] != kept.subject:
        raise SignInRefused(
            "somebody else has signed in",
            gettext(
                "Sie haben sich dort mit einem anderen Konto angemeldet als sonst. "
                "Bitte nehmen Sie dasselbe Konto."
            ),
        )
    if level_of(claims.get("acr"), provider.registration.levels) < max(kept.at_least, LOWEST):
        raise LevelTooLow("the level is too low")
    if kept.max_age is None:
        return
    signed_in_at = tokens.moment_in(claims, "auth_time")
    earliest = kept.started_at - timedelta(seconds=kept.max_age + tokens.LEEWAY)
    if signed_in_at is None or signed_in_at < earliest:
        raise SignInRefused("the person has not signed in anew")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
