"""What a field asks of its input, with German sentences that say what to do.

`required` looks at what was typed, not at what could be read from it: a date of which only the year
is missing keeps its own, better message.
"""

import re
from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext
from wtforms.validators import Optional, StopValidation, ValidationError

Validator = Callable[[Any, Any], None]

_EMAIL = re.compile(r"[^@\s,;:]+@[^@\s.,;:]+(\.[^@\s.,;:]+)+")


class _Required:
    """Refuse a field in which nothing was typed or chosen."""

    field_flags = {"required": True}

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        if not any(_is_given(part) for part in field.raw_data or ()):
            field.errors = []
            raise StopValidation(str(self.message))


def _is_given(part: Any) -> bool:
    if isinstance(part, str):
        return bool(part.strip())
    return bool(getattr(part, "filename", part))


class _Optional(Optional):
    """Let a field stay empty; three empty parts of a date are empty too."""

    def __call__(self, form: Any, field: Any) -> None:
        if not any(_is_given(part) for part in field.raw_data or ()):
            field.errors = []
            raise StopValidation


def required(message: Any = None) -> Validator:
    """Ask for an answer; `message` says which, as in „Geben Sie Ihren Namen ein“."""
    return _Required(message or lazy_gettext("Füllen Sie dieses Feld aus."))


def optional() -> Validator:
    """Allow an empty answer; the label says so."""
    return _Optional()


def length(*, at_least: int = 0, at_most: int, message: Any = None) -> Validator:
    """Bound the number of characters."""

    def check(_form: Any, field: Any) -> None:
        count = len(field.data or "")
        if count < at_least:
            raise ValidationError(
                str(message or lazy_gettext("Mindestens %(count)s Zeichen.", count=at_least))
            )
        if count > at_most:
            raise ValidationError(
                str(message or lazy_gettext("Höchstens %(count)s Zeichen.", count=at_most))
            )

    return check


def is_email(text: str) -> bool:
    """Tell whether `text` looks like one e-mail address."""
    return bool(_EMAIL.fullmatch(text))


def email(message: Any = None) -> Validator:
    """Ask for something that looks like an e-mail address; the confirmation mail proves it."""

    def check(_form: Any, field: Any) -> None:
        if not is_email(field.data or ""):
            raise ValidationError(
                str(
                    message
                    or lazy_gettext(
                        "Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@beispiel.de."
                    )
                )
            )

    return check


def pattern(expression: str, message: Any) -> Validator:
    """Ask for an exact form, such as five digits of a postcode."""
    compiled = re.compile(expression)

    def check(_form: Any, field: Any) -> None:
        if not compiled.fullmatch(str(field.data or "")):
            raise ValidationError(str(message))

    return check
