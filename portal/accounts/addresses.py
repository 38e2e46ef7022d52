"""Addresses that people sign in with and get messages at: e-mail and mobile, in one writing."""

import re

from flask_babel import gettext

from portal.core.errors import InvalidInput

_GERMAN_MOBILE = re.compile(r"0(1[567][0-9]{8,9})")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{7,14}")  # ITU-T E.164


def plain(address: str) -> str:
    """Return the address as it is kept: one person, one writing; `0151 …` becomes `+49151…`."""
    address = address.strip()
    if "@" in address:
        return address.lower()
    number = re.sub(r"[\s()/.-]", "", address)
    number = re.sub(r"^00(?=[1-9])", "+", number)
    found = _GERMAN_MOBILE.fullmatch(number)
    return f"+49{found[1]}" if found else number


def is_mobile(address: str) -> bool:
    """Tell whether `address` is a telephone number that messages can be sent to."""
    return bool(_INTERNATIONAL.fullmatch(plain(address)))


def split(address: str) -> tuple[str | None, str | None]:
    """Return e-mail address and mobile number, one of which is None; raise for anything else."""
    address = plain(address)
    if "@" in address:
        return address, None
    if is_mobile(address):
        return None, address
    raise InvalidInput(
        gettext(
            "Geben Sie eine E-Mail-Adresse oder eine Handynummer ein, zum Beispiel 0151 23456789."
        ),
        field="address",
    )
