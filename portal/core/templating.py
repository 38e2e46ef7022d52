"""What templates can call: dates as people say them, sizes, static addresses with a fingerprint."""

import functools
import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Flask, current_app, url_for
from flask_babel import format_date, format_datetime, get_locale
from jinja2 import StrictUndefined

from portal.core import browser, clock, i18n, paths, sections

_NO_ID = UUID(int=0)


def day(value: date | datetime) -> str:
    """Write a day with its weekday: Freitag, 27. November 2026."""
    if isinstance(value, datetime):
        value = clock.local_date(value)
    of_the_month = "d." if get_locale().language == "de" else "d"
    return str(format_date(value, f"EEEE, {of_the_month} MMMM y"))


def moment(value: datetime) -> str:
    """Write a moment with weekday and hour: Freitag, 27. November 2026, 10:30 Uhr."""
    if get_locale().language == "de":
        return str(format_datetime(value, "EEEE, d. MMMM y, HH:mm 'Uhr'"))
    return str(format_datetime(value, "EEEE, d MMMM y, HH:mm"))


def short_day(value: date | datetime) -> str:
    """Write a day short, for tables: 27.11.2026."""
    if isinstance(value, datetime):
        value = clock.local_date(value)
    return value.strftime("%d.%m.%Y")


def short_moment(value: datetime) -> str:
    """Write a moment short, for tables: 27.11.2026, 10:30."""
    return clock.local(value).strftime("%d.%m.%Y, %H:%M")


def hour(value: datetime) -> str:
    """Write the hour: 10:30."""
    return clock.local(value).strftime("%H:%M")


def size(count: int) -> str:
    """Write a number of bytes: 3,4 MB."""
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f} MB".replace(".", ",")
    return f"{max(1, count // 1000)} kB"


@functools.cache
def _fingerprint(filename: str) -> str:
    path = paths.STATIC / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"


def static_url(filename: str) -> str:
    """Return the address of a static file; it changes when the file does."""
    return url_for("static", filename=filename, v=_fingerprint(filename))


def url_for_each(endpoint: str, **arguments: Any) -> Callable[[UUID | str], str]:
    """Return what writes the address of `endpoint` for one id after the other.

    `url_for` takes longer than the rest of a row: a list asks it once and puts the ids in.
    """
    pattern = url_for(endpoint, id=_NO_ID, **arguments)
    before, _, after = pattern.partition(str(_NO_ID))
    return lambda one: f"{before}{one}{after}"


def has_endpoint(name: str) -> bool:
    """Tell whether this process serves `name`: each interface can run alone (PORTAL_INTERFACES)."""
    return name in current_app.view_functions


def init_app(app: Flask) -> None:
    """Give templates these filters; an undefined name is an error, not an empty place."""
    settings = app.config["SETTINGS"]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {
        "day": day,
        "moment": moment,
        "short_day": short_day,
        "short_moment": short_moment,
        "hour": hour,
        "size": size,
    }
    app.jinja_env.globals |= {
        "static_url": static_url,
        "url_for_each": url_for_each,
        "has_endpoint": has_endpoint,
        "current_area": sections.current_area,
        "current_place": sections.current_place,
        "csp_nonce": browser.nonce,
        "settings": settings,
        "languages": i18n.LANGUAGES,
        "now": clock.now,
    }

    @app.context_processor
    def names() -> dict[str, Any]:
        here = get_locale()
        return {"language": here.language, "direction": here.text_direction}
