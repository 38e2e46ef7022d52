"""Reading what the provider has signed.

joserfc checks the signature, Authlib and joserfc the claims. Checked here is only what they leave
to the caller: which algorithms count, and the shape of a subject that can be kept.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from portal.accounts.oidc import library
from portal.accounts.oidc.errors import SignInRefused
from portal.accounts.oidc.provider import Provider

# Public keys only. Never `none`, and never HS256: its key would be the client's secret, or
# the provider's public key taken for one.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY = 60
_LONGEST_SUBJECT = 255


def read_id_token(
    provider: Provider, token: object, *, nonce: str, access_token: str, now: datetime
) -> dict[str, Any]:
    """Return the claims of a valid ID token; raise `SignInRefused`."""
    signed = read_signed(provider, token, now=now)
    try:
        library.check_id_token(
            signed.claims,
            signed.header,
            issuer=provider.registration.issuer,
            client_id=provider.registration.client_id,
            nonce=nonce,
            access_token=access_token,
            now=int(now.timestamp()),
            leeway=LEEWAY,
        )
    except (JoseError, TypeError, ValueError) as error:
        raise SignInRefused(told(error)) from error
    if subject_in(signed.claims) is None:
        raise SignInRefused("the subject is not one that can be kept")
    return signed.claims


def read_signed(provider: Provider, token: object, *, now: datetime) -> jwt.Token:
    """Check the signature; keys are fetched anew if the token names one that is not known.

    Raise `SignInRefused`. Nothing is said yet about the claims.
    """
    if not isinstance(token, str):
        raise SignInRefused("there is no token")
    try:
        try:
            return jwt.decode(token, provider.keys(now), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            return jwt.decode(token, provider.renewed_keys(now), algorithms=ALGORITHMS)
    except (JoseError, TypeError, ValueError, RecursionError) as error:
        raise SignInRefused(told(error)) from error


def told(error: Exception) -> str:
    """Name what is wrong by kind and claim; the values in a message may be of the person."""
    claim = getattr(error, "claim", "")
    return f"{type(error).__name__} {claim}".strip()


def subject_in(claims: Mapping[str, Any]) -> str | None:
    """Return `sub` if it is what OIDC Core 2 allows: up to 255 characters of ASCII."""
    return _word(claims.get("sub"))


def session_in(claims: Mapping[str, Any]) -> str | None:
    """Return the provider's own name of its session (`sid`)."""
    return _word(claims.get("sid"))


def _word(value: object) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_SUBJECT:
        return None
    return value if value.isascii() and value.isprintable() else None


def moment_in(claims: Mapping[str, Any], name: str) -> datetime | None:
    """Return a claim that is a number of seconds since 1970 as an aware time in UTC."""
    seconds = claims.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
