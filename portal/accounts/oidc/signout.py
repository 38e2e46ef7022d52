"""Signing out: ending the session with the provider too, and hearing that it has ended there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError

from portal.accounts.oidc.errors import SignInRefused
from portal.accounts.oidc.provider import Provider
from portal.accounts.oidc.tokens import LEEWAY, read_signed, session_in, subject_in, told

LOGOUT_TOKEN_LASTS = 300
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class EndedAtProvider:
    """Whose sessions the provider has ended: all of `subject`, or the one called `sid`.

    Only sessions that began before `issued_at`: so the same token sent again ends nothing more.
    """

    issuer: str
    subject: str | None
    sid: str | None
    issued_at: datetime


def sign_out_address(provider: Provider, *, back_to: str, now: datetime) -> str | None:
    """Return where the browser can also end the session with the provider; None if nowhere.

    The ID token is not kept, so it is not sent along as a hint: the provider asks the person
    instead (OpenID Connect RP-Initiated Logout 1.0, section 2). `back_to` must be registered there.
    """
    endpoint = provider.description(now).end_session_endpoint
    if endpoint is None:
        return None
    query = {"client_id": provider.registration.client_id, "post_logout_redirect_uri": back_to}
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def read_logout_token(provider: Provider, token: object, *, now: datetime) -> EndedAtProvider:
    """Return whose sessions a back-channel logout token ends; raise `SignInRefused`.

    The rules are those of OpenID Connect Back-Channel Logout 1.0, section 2.6. Anybody can send
    one, also one that was sent before; none is taken five minutes after it was made.
    """
    signed = read_signed(provider, token, now=now)
    claims, moment = signed.claims, int(now.timestamp())
    rules = jwt.JWTClaimsRegistry(
        now=moment,
        leeway=LEEWAY,
        iss={"essential": True, "value": provider.registration.issuer},
        aud={"essential": True, "value": provider.registration.client_id},
        iat={"essential": True},
        jti={"essential": True},
        events={"essential": True},
    )
    try:
        rules.validate(claims)
    except (JoseError, TypeError, ValueError) as error:
        raise SignInRefused(told(error)) from error
    if claims["iat"] < moment - LOGOUT_TOKEN_LASTS:
        raise SignInRefused("the logout token is too old")
    if not _is_logout(signed):
        raise SignInRefused("this is no logout token")
    subject, sid = subject_in(claims), session_in(claims)
    if subject is None and sid is None:
        raise SignInRefused("the logout token names nobody")
    issued_at = datetime.fromtimestamp(claims["iat"], UTC)
    return EndedAtProvider(provider.registration.issuer, subject, sid, issued_at)


def _is_logout(signed: jwt.Token) -> bool:
    """Tell a logout token from an ID token, which the same key has signed for the same audience."""
    events = signed.claims["events"]
    return (
        isinstance(events, dict)
        and isinstance(events.get(_LOGOUT_EVENT), dict)
        and "nonce" not in signed.claims
        and str(signed.header.get("typ", "JWT")).casefold() in {"jwt", "logout+jwt"}
    )
