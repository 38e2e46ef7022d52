"""Check 41: what somebody typed cannot forge a line, a colour or an order in the trail."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask, render_template_string
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.audit import pending, queries
from portal.audit.models import Actor, Event, Represented
from portal.audit.rules import visible
from portal.audit.service import record
from portal.audit.shown import who
from tests.audit.test_shown import Person

HARMFUL = (
    "Max\r\n2026-11-26 09:00 casefiles.deleted",
    "Max\x1b[2J\x1b[31m",
    "Max \u202egnp.exe",
    "Max\u2066hidden\u2069",
    "Max\x00Muster",
    "Max\x9b31m",
    "Max\u2028next",
    "Max\x7f\x08\x08\x08Eva",
    "Max\ud800",
)
POWERLESS = re.compile("[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]*")


@pytest.mark.parametrize("name", HARMFUL)
def test_check_41_the_trail_keeps_names_and_reasons_without_power(
    session: Session, name: str
) -> None:
    record(
        session,
        deed="things.made",
        subject=("thing", name),
        by=Person(Actor("citizen", name, name, Represented(name, name))),
        now=datetime(2026, 11, 26, tzinfo=UTC),
        reason=name,
        **{f"list {name}": [name, {"deep": name}]},
    )
    pending.write(session)

    [row] = session.execute(
        text(
            "SELECT actor_name || actor_id || subject_id || (facts ->> 'reason')"
            " || (facts #>> '{for,name}') || facts::text FROM audit_events"
        )
    ).scalars()
    assert POWERLESS.fullmatch(row)
    assert "\\u00" not in row
    assert queries.first_break(session) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Zeile 1\r\nZeile 2", "Zeile 1␍␊Zeile 2"),
        ("\x1b[31m", "␛[31m"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\x00\x7f", "␀␡"),
        ("Zoë Müller-Lüdenscheidt 👩‍👧 Ελένη محمد", "Zoë Müller-Lüdenscheidt 👩‍👧 Ελένη محمد"),
    ],
)
def test_check_41_nothing_is_lost(typed: str, kept: str) -> None:
    assert visible(typed) == kept
    assert visible(kept) == kept


def test_check_41_markup_in_a_name_is_text_on_a_page(app: Flask) -> None:
    event = Event(
        actor_name="<b>Max</b>",
        facts={"for": {"id": "1", "name": "<script>alert(1)</script>"}},
    )
    with app.app_context():
        page = render_template_string("{{ who }}", who=who(event))
    assert page == "&lt;b&gt;Max&lt;/b&gt; für &lt;script&gt;alert(1)&lt;/script&gt;"
