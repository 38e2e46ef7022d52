"""Texts in the language that is spoken now."""

import pytest
from flask import Flask, render_template_string
from flask_babel import Domain, force_locale, gettext

SIGN_OUT = "{{ _('Abmelden') }}"


def test_another_language_is_spoken_only_where_it_is_forced(app: Flask) -> None:
    """Given a page, when a part of it is written for somebody else, the rest stays as it was."""
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert (gettext("Abmelden"), render_template_string(SIGN_OUT)) == ("Abmelden", "Abmelden")
        with force_locale("en"):
            assert (gettext("Abmelden"), render_template_string(SIGN_OUT)) == (
                "Sign out",
                "Sign out",
            )
        assert (gettext("Abmelden"), render_template_string(SIGN_OUT)) == ("Abmelden", "Abmelden")
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert render_template_string(SIGN_OUT) == "Sign out"


def test_a_page_looks_for_its_catalogue_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Domain] = []
    found = Domain.get_translations
    monkeypatch.setattr(
        Domain, "get_translations", lambda self: (looked.append(self), found(self))[1]
    )
    with app.test_request_context(headers={"Accept-Language": "en"}):
        render_template_string(SIGN_OUT * 20)
        gettext("Abmelden")
    assert len(looked) == 1


def test_outside_of_a_request_a_text_is_what_is_written() -> None:
    assert gettext("Abmelden") == "Abmelden"
