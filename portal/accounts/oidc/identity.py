"""Whom the provider has recognised: claims turned into values that can be kept and shown.

What comes from outside is bounded and cleaned here; a claim that is no good is left out, because
only issuer and subject are needed to recognise somebody again.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.accounts.oidc.levels import level_of
from portal.accounts.oidc.tokens import moment_in, session_in

_LONGEST_NAME, _LONGEST_EMAIL = 100, 254
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # fromisoformat also takes weeks
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class VerifiedIdentity:
    """Whom the provider has recognised, how surely, and what it knows of the person."""

    issuer: str
    subject: str
    level: int
    given_name: str | None
    family_name: str | None
    birth_date: date | None
    email: str | None
    auth_time: datetime | None
    sid: str | None


def identity_from(
    claims: Mapping[str, Any], told: Mapping[str, Any], *, levels: Mapping[str, int]
) -> VerifiedIdentity:
    """Put together what the ID token says (`claims`) and what userinfo adds about the person.

    Who, how surely and when comes from the signed token alone.
    """
    about = {**told, **claims}
    return VerifiedIdentity(
        issuer=claims["iss"],
        subject=claims["sub"],
        level=level_of(claims.get("acr"), levels),
        given_name=_name(about.get("given_name")),
        family_name=_name(about.get("family_name")),
        birth_date=_birth_date(about.get("birthdate")),
        email=_email(about),
        auth_time=moment_in(claims, "auth_time"),
        sid=session_in(claims),
    )


def _name(value: object) -> str | None:
    """Return a name without control characters and changes of direction, at most 100 long."""
    if not isinstance(value, str):
        return None
    kept = "".join(
        sign for sign in unicodedata.normalize("NFC", value) if unicodedata.category(sign)[0] != "C"
    )
    return " ".join(kept.split())[:_LONGEST_NAME].strip() or None


def _birth_date(value: object) -> date | None:
    """Return a whole date; OIDC Core 5.1 also allows a year alone, or `0000` for an unknown one."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _email(claims: Mapping[str, Any]) -> str | None:
    """Return the address only if the provider says that it has been confirmed."""
    value = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(value, str):
        return None
    fits = len(value) <= _LONGEST_EMAIL and value.isprintable() and _EMAIL.fullmatch(value)
    return value if fits else None
