"""Authlib, which has no types, wrapped once: the request, the exchange of the code, the claims.

It also carries what Authlib leaves out: RFC 6749 2.3.1 wants id and secret form-encoded before they
become HTTP Basic, and a secret with a `+` or `%` in it is refused otherwise.
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import requests
from authlib.integrations.requests_client.oauth2_session import OAuth2ClientAuth
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core.claims import CodeIDToken

from portal.accounts.oidc.errors import ProviderUnavailable, SignInRefused

BASIC, POST = "client_secret_basic", "client_secret_post"


class _Client(OAuth2Client):
    """Authlib's protocol client, on a session of requests that is given from outside."""

    client_auth_class = OAuth2ClientAuth
    oauth_error_class = OAuth2Error
    SESSION_REQUEST_PARAMS = ()


def _encoded_basic(client: Any, _method: str, uri: str, headers: Any, body: Any) -> Any:
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return uri, headers, body


def _client(http: requests.Session | None, **fields: str) -> Any:
    client = _Client(http, scope="openid profile email", code_challenge_method="S256", **fields)
    client.register_client_auth_method((BASIC, _encoded_basic))
    return client


def authorization_address(
    endpoint: str, *, client_id: str, redirect_uri: str, verifier: str, **parameters: str | None
) -> str:
    """Return where the browser is sent: code flow with PKCE S256 (RFC 7636)."""
    client = _client(None, client_id=client_id, redirect_uri=redirect_uri)
    address, _state = client.create_authorization_url(
        endpoint, code_verifier=verifier, **parameters
    )
    return str(address)


def exchange(
    http: requests.Session,
    endpoint: str,
    *,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    method: str,
    code: str,
    verifier: str,
) -> dict[str, Any]:
    """Exchange a code for tokens (RFC 6749 4.1.3); return the provider's answer."""
    client = _client(
        http,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=redirect_uri,
        token_endpoint_auth_method=method,
    )
    try:
        return dict(
            client.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        )
    except OAuth2Error as error:
        if error.error == "invalid_grant":
            raise SignInRefused("the code is wrong, too old, or was used before") from error
        raise ProviderUnavailable("the token endpoint refuses the portal") from error
    except (requests.RequestException, ValueError) as error:
        raise ProviderUnavailable(f"token endpoint: {type(error).__name__}") from error


def check_id_token(
    claims: Mapping[str, Any],
    header: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: int,
    leeway: int,
) -> None:
    """Let Authlib check iss, sub, aud, azp, exp, nbf, iat, nonce and at_hash (OIDC Core 3.1.3.7).

    Raise `joserfc.errors.JoseError`. `now` is a Unix time, `leeway` is in seconds.
    """
    CodeIDToken(
        dict(claims),
        dict(header),
        {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client_id},
        },
        {"nonce": nonce, "client_id": client_id, "access_token": access_token},
    ).validate(now=now, leeway=leeway)
