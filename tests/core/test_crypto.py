"""Signing and sealing: each purpose apart, every key replaceable (check 47)."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, session
from flask_wtf.csrf import generate_csrf, validate_csrf
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import BadSignature
from wtforms.validators import ValidationError

from portal.app import _flask_config
from portal.core import crypto
from portal.core.config import Settings

OLD, NEW = "o" * 40, "n" * 40


@contextmanager
def office(*keys: str) -> Iterator[Flask]:
    """Open an application with this ring of keys, as the factory configures it."""
    app = Flask(__name__)
    settings = Settings(secret_key=",".join(keys), database_url="postgresql://x/y", demo=True)
    app.config.from_mapping(_flask_config(settings))
    with app.app_context():
        yield app


@given(secret=st.binary(max_size=100), purpose=st.text(max_size=20))
def test_what_was_sealed_opens(secret: bytes, purpose: str) -> None:
    with office(NEW):
        sealed = crypto.seal(purpose, secret)
        assert crypto.unseal(purpose, sealed) == secret
        assert sealed.isascii()


def test_the_same_secret_never_looks_the_same() -> None:
    with office(NEW):
        assert crypto.seal("totp", b"secret") != crypto.seal("totp", b"secret")


def test_what_was_sealed_for_one_purpose_opens_for_no_other() -> None:
    with office(NEW):
        sealed = crypto.seal("totp 1", b"secret")
        with pytest.raises(crypto.Tampered):
            crypto.unseal("totp 2", sealed)


@pytest.mark.parametrize("broken", ["", ".", "1", "1.", "1.AAAA", "2.AAAA", "1.ä", "1.%%%%", "\0"])
def test_what_was_never_sealed_is_refused(broken: str) -> None:
    with office(NEW), pytest.raises(crypto.Tampered):
        crypto.unseal("totp", broken)


def test_each_changed_sign_is_noticed() -> None:
    with office(NEW):
        sealed = crypto.seal("totp", b"secret!!")  # 36 bytes in all: base64 without spare bits
        for place, sign in enumerate(sealed):
            other = "A" if sign != "A" else "B"
            with pytest.raises(crypto.Tampered):
                crypto.unseal("totp", sealed[:place] + other + sealed[place + 1 :])
        with pytest.raises(crypto.Tampered):
            crypto.unseal("totp", sealed[:-4])


def test_check_47_what_the_old_key_has_sealed_opens_after_the_rotation() -> None:
    with office(OLD):
        sealed = crypto.seal("totp", b"secret")
        assert not crypto.is_stale("totp", sealed)
    with office(NEW, OLD):
        assert crypto.unseal("totp", sealed) == b"secret"
        assert crypto.is_stale("totp", sealed)
        anew = crypto.seal("totp", crypto.unseal("totp", sealed))
        assert not crypto.is_stale("totp", anew)
    with office(NEW):
        assert crypto.unseal("totp", anew) == b"secret"
        with pytest.raises(crypto.Tampered):
            crypto.unseal("totp", sealed)


def test_check_47_what_the_old_key_has_signed_counts_after_the_rotation() -> None:
    with office(OLD):
        signed = crypto.signer("known browser").dumps("somebody")
    with office(NEW, OLD):
        assert crypto.signer("known browser").loads(signed) == "somebody"
        anew = crypto.signer("known browser").dumps("somebody")
    with office(NEW):
        assert crypto.signer("known browser").loads(anew) == "somebody"
        with pytest.raises(BadSignature):
            crypto.signer("known browser").loads(signed)


def test_a_signature_counts_for_its_purpose_only() -> None:
    with office(NEW):
        signed = crypto.signer("one").dumps("somebody")
        with pytest.raises(BadSignature):
            crypto.signer("two").loads(signed)


def test_check_47_a_rotation_signs_nobody_out_and_spoils_no_form() -> None:
    with office(OLD) as app, app.test_request_context():
        session["who"] = "somebody"
        token = generate_csrf()
        kept = app.session_interface.get_signing_serializer(app).dumps(dict(session))  # type: ignore[attr-defined]
    with office(NEW, OLD) as app:
        cookie = {"HTTP_COOKIE": f"portal={kept}"}
        with app.test_request_context(environ_base=cookie):
            assert session["who"] == "somebody"
            validate_csrf(token)
    with office(NEW) as app, app.test_request_context(environ_base=cookie):
        assert "who" not in session
        with pytest.raises(ValidationError):
            validate_csrf(token)


def test_check_12_each_person_has_own_keys_for_the_browser_and_each_key_of_the_ring_counts() -> (
    None
):
    with office(NEW):
        (new,) = crypto.keys_for_browser("oksana")
        assert crypto.keys_for_browser("farid") != (new,)
    with office(OLD):
        (old,) = crypto.keys_for_browser("oksana")
    with office(NEW, OLD):
        assert crypto.keys_for_browser("oksana") == (new, old)
    assert len(base64.urlsafe_b64decode(new + "=")) == 32


def test_a_key_for_the_browser_opens_nothing_here() -> None:
    with office(NEW):
        sealed = crypto.seal("oksana", b"secret")
        key = base64.urlsafe_b64decode(crypto.keys_for_browser("oksana")[0] + "=")
    data = base64.urlsafe_b64decode(sealed.partition(".")[2])
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(data[:12], data[12:], None)
