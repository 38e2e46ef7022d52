"""Credentials for a TURN server: as coturn computes them, for a while, without a name."""

import base64
import hashlib
import hmac

import pytest

from portal.media.tickets import ice_servers, turn_credentials


def accepted(username: str, password: str, *, secret: str, now: float) -> bool:
    """Decide as coturn does with `use-auth-secret` (draft-uberti-behave-turn-rest-00, 2.2)."""
    until, _, _ = username.partition(":")
    expected = base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()
    return int(until) >= now and hmac.compare_digest(expected, password)


def test_the_server_takes_them_until_they_end_and_with_no_other_secret() -> None:
    made = turn_credentials("citizen:7", secret="s3cret", lifetime=600, now=1000.5)
    assert made.username.startswith("1600:")
    assert accepted(made.username, made.password, secret="s3cret", now=1599)
    assert not accepted(made.username, made.password, secret="s3cret", now=1601)
    assert not accepted(made.username, made.password, secret="other", now=1001)
    later = made.username.replace("1600", "9999")
    assert not accepted(later, made.password, secret="s3cret", now=1001)


def test_known_values() -> None:
    made = turn_credentials("anna", secret="north", lifetime=86400, now=0)
    pseudonym = hmac.new(b"north", b"anna", hashlib.sha256).hexdigest()[:16]
    assert made.username == f"86400:{pseudonym}"
    digest = hmac.new(b"north", made.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(made.password) == digest


def test_who_it_is_stands_nowhere_and_two_people_differ() -> None:
    anna = turn_credentials("citizen:anna", secret="s3cret", lifetime=60, now=0)
    ben = turn_credentials("citizen:ben", secret="s3cret", lifetime=60, now=0)
    assert "anna" not in anna.username
    assert anna != ben


def test_browsers_get_them_in_their_form_or_nothing() -> None:
    urls = ["turn:turn.example:443?transport=udp", "turns:turn.example:443?transport=tcp"]
    made = turn_credentials("anna", secret="s3cret", lifetime=60, now=0)
    assert ice_servers(urls, made) == [
        {"urls": urls, "username": made.username, "credential": made.password}
    ]
    assert ice_servers([], made) == []
    assert ice_servers(urls, None) == []
    with pytest.raises(ValueError, match="secret"):
        turn_credentials("anna", secret="", lifetime=60, now=0)
