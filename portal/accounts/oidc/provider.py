"""The provider: who it must be, how it describes itself, and which keys it signs with.

The description and the keys are fetched once and kept for a while, in each process. What
the provider says of itself is believed only where it cannot lead elsewhere: its name must be the
configured one, letter by letter, and every address must lie with it (PORTAL_OIDC_HOSTS names
others). After a failed try there is a pause, so that neither a provider that is down nor tokens
with made-up keys make the portal knock at its door again and again.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import requests
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from joserfc.util import urlsafe_b64decode
from pydantic import BaseModel, ConfigDict, ValidationError

from portal.accounts.oidc import levels, library
from portal.accounts.oidc.errors import ProviderUnavailable
from portal.core.config import Settings
from portal.core.outbound import Outbound, Reach, origin

T = TypeVar("T")

DESCRIPTION_LASTS = timedelta(hours=1)
KEYS_LAST = timedelta(hours=1)
PAUSE_AFTER_FAILURE = timedelta(seconds=20)
PAUSE_BETWEEN_RENEWALS = timedelta(minutes=1)
LONGEST_QUEUE = 2.0  # seconds
SHORTEST_RSA_KEY = 2048


class Remembered(Generic[T]):
    """Something fetched from the provider, kept for a while; one thread fetches, others wait."""

    def __init__(self, fetch: Callable[[datetime], T], *, lasts: timedelta) -> None:
        self._fetch, self._lasts = fetch, lasts
        self._lock = threading.Lock()
        self._kept: tuple[datetime, T] | None = None
        self._tried_at: datetime | None = None
        self._failed_at: datetime | None = None

    def get(self, now: datetime) -> T:
        """Return what is kept, or fetch it; raise `ProviderUnavailable`."""
        if (fresh := self._fresh(now)) is not None:
            return fresh
        with self._alone():
            # Another thread may have fetched it while this one waited.
            fresh = self._fresh(now)
            return self._fetched(now) if fresh is None else fresh

    def renewed(self, now: datetime) -> T:
        """Fetch it again, but not more often than once a minute."""
        with self._alone():
            recent = self._tried_at and now - self._tried_at < PAUSE_BETWEEN_RENEWALS
            return self._kept[1] if self._kept and recent else self._fetched(now)

    def _fresh(self, now: datetime) -> T | None:
        kept = self._kept
        return kept[1] if kept and now - kept[0] < self._lasts else None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock; behind a slow provider nobody queues for long."""
        if not self._lock.acquire(timeout=LONGEST_QUEUE):
            raise ProviderUnavailable("it is being asked, and slow")
        try:
            yield
        finally:
            self._lock.release()

    def _fetched(self, now: datetime) -> T:
        if self._failed_at and now - self._failed_at < PAUSE_AFTER_FAILURE:
            raise ProviderUnavailable("it did not answer a moment ago")
        self._tried_at = now
        try:
            found = self._fetch(now)
        except ProviderUnavailable:
            self._failed_at = now
            raise
        self._kept, self._failed_at = (now, found), None
        return found


class Description(BaseModel):
    """The part of `/.well-known/openid-configuration` that is used here."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = [library.BASIC]
    acr_values_supported: list[str] = []
    authorization_response_iss_parameter_supported: bool = False

    @property
    def auth_method(self) -> str:
        """Return how the portal shows its secret; Basic comes first, as RFC 6749 2.3.1 has it."""
        for method in (library.BASIC, library.POST):
            if method in self.token_endpoint_auth_methods_supported:
                return method
        raise ProviderUnavailable("it takes neither of our ways to show a secret")

    @property
    def addresses(self) -> list[str]:
        """Return every address that the portal calls or sends a browser to."""
        maybe = (self.userinfo_endpoint, self.end_session_endpoint)
        given = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri)
        return [*given, *(one for one in maybe if one is not None)]


@dataclass(frozen=True)
class Registration:
    """What the operator and the provider have agreed on."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    levels: Mapping[str, int]
    origins: frozenset[str]


class Provider:
    """One provider, as one process of the portal sees it. Every method takes `now`."""

    def __init__(self, registration: Registration, http: requests.Session) -> None:
        self.registration = registration
        self._http = http
        self._description = Remembered(self._fetch_description, lasts=DESCRIPTION_LASTS)
        self._keys = Remembered(self._fetch_keys, lasts=KEYS_LAST)

    def description(self, now: datetime) -> Description:
        """Return how the provider describes itself; raise `ProviderUnavailable`."""
        return self._description.get(now)

    def keys(self, now: datetime) -> KeySet:
        """Return the public keys that its signatures are checked with."""
        return self._keys.get(now)

    def renewed_keys(self, now: datetime) -> KeySet:
        """Fetch the keys again because a signature names an unknown one; at most once a minute."""
        return self._keys.renewed(now)

    def tokens_for(self, code: str, verifier: str, now: datetime) -> dict[str, Any]:
        """Exchange a code for tokens; raise `SignInRefused` or `ProviderUnavailable`."""
        description = self.description(now)
        return library.exchange(
            self._http,
            description.token_endpoint,
            client_id=self.registration.client_id,
            client_secret=self.registration.client_secret,
            redirect_uri=self.registration.redirect_uri,
            method=description.auth_method,
            code=code,
            verifier=verifier,
        )

    def userinfo(self, access_token: str, now: datetime) -> dict[str, Any]:
        """Ask who the person is (OIDC Core 5.3); whose answer it is, the caller must check."""
        endpoint = self.description(now).userinfo_endpoint
        if endpoint is None:
            return {}
        return self._json(endpoint, Authorization=f"Bearer {access_token}")

    def _fetch_description(self, _now: datetime) -> Description:
        issuer = self.registration.issuer
        found = self._json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            description = Description.model_validate(found)
        except ValidationError as error:
            raise ProviderUnavailable("its description lacks something") from error
        if description.issuer != issuer:
            raise ProviderUnavailable("it calls itself by another name")
        for address in description.addresses:
            if origin(address) not in self.registration.origins:
                raise ProviderUnavailable(f"it sends us to {origin(address) or 'no address'}")
        return description

    def _fetch_keys(self, now: datetime) -> KeySet:
        found = self._json(self.description(now).jwks_uri).get("keys")
        entries = found if isinstance(found, list) else []
        keys: list[Key] = [key for entry in entries if (key := _key(entry)) is not None]
        if not keys:
            raise ProviderUnavailable("it shows no key that is good enough")
        return KeySet(keys)

    def _json(self, address: str, **headers: str) -> dict[str, Any]:
        try:
            answer = self._http.get(address, headers={"Accept": "application/json", **headers})
            found = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise ProviderUnavailable(f"{origin(address)}: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise ProviderUnavailable(f"{origin(address)}: {answer.status_code} and no object")
        return found


def _key(entry: Any) -> Key | None:
    """Read one public key; return None for one that must not check a signature.

    joserfc would take secret (`oct`) keys, short RSA keys, and a lone key meant for encryption.
    """
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        if entry.get("kty") == "EC":
            return ECKey.import_key(entry)
        if entry.get("kty") == "RSA" and _bits(entry["n"]) >= SHORTEST_RSA_KEY:
            return RSAKey.import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return None


def _bits(modulus: str) -> int:
    return int.from_bytes(urlsafe_b64decode(modulus.encode())).bit_length()


def from_settings(settings: Settings, *, callback: str) -> Provider | None:
    """Build the provider of this office; None if there is none. `callback` is a path of ours."""
    if not settings.oidc_issuer:
        return None
    origins = frozenset(
        found for one in (settings.oidc_issuer, *settings.oidc_hosts) if (found := origin(one))
    )
    registration = Registration(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        redirect_uri=f"{settings.base_url.rstrip('/')}{callback}",
        levels=levels.read(settings.oidc_levels),
        origins=origins,
    )
    reach = Reach(loopback=settings.demo, private=settings.outbound_private)
    return Provider(registration, Outbound(origins, reach=reach, ca_file=settings.outbound_ca_file))
