"""Whatever is sent to whatever form, by whoever: no crash, nothing forged, nothing lost."""

import html
import io
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import DateTime, Integer, String, Table, Uuid, text
from sqlalchemy.engine import Row
from werkzeug.test import TestResponse

from portal.core.db import Model
from tests.house.world import PEOPLE, Form, Office

MARKUP = '"><script>alert(1)</script>'
BAD: dict[str, str] = {
    "nul": "Ada\0Lovelace",
    "line breaks": "Ada\r\nSet-Cookie: x=y\r\n\r\n<p>",
    "10,000 signs": "x" * 10_000,
    "turned around": "\u202eegatsnegeG\u2066\u2067",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "markup": MARKUP,
    "template": "{{ 7 * 7 }} %s %(x)s ${x}",
    "quotes": "' OR 1=1; --",
    "spaces": " \t\u00a0\u200b ",
    "large number": "9" * 40,
    "not a number": "NaN",
    "negative": "-1",
    "strange digits": "٣٢",
    "no such day": "2026-02-30",
    "nobody": "00000000-0000-0000-0000-000000000000",
    "way out": "../../../../etc/passwd",
}
TYPED = ("nul", "line breaks", "10,000 signs", "large number", "not a number", "strange digits")
TYPED += ("no such day", "nobody")
CHOSEN = ("nul", "large number", "nobody")
"""What is sent for one field while the others are right: text, or a word of a list."""

LISTS = {"radio", "checkbox", "select", "button"}
FEW = 3
"""With so many fields there are others that can be right."""

PARTS = 4  # the longest walk of all is shared among workers
MULTIPART = "multipart/form-data; boundary=x"


def shapes(form: Form) -> Iterator[tuple[str, dict[str, Any]]]:
    """Send the form in shapes that no browser makes of it."""
    token = {one.name: one.value for one in form.fields if "csrf_token" in one.name}
    filled = form.filled()
    yield "nothing", {"data": token}
    yield "everything twice", {"data": {n: v if n in token else [v, v] for n, v in filled.items()}}
    yield (
        "files for texts",
        {
            "data": {
                n: v if n in token else (io.BytesIO(b"%PDF-"), "x\0.pdf") for n, v in filled.items()
            }
        },
    )
    yield "names of lists", {"data": {**token, **{f"{name}[0].x": "1" for name in filled}}}
    yield "JSON", {"json": filled, "headers": {"X-CSRFToken": next(iter(token.values()), "")}}
    yield (
        "broken multipart",
        {"data": b'--x\r\nContent-Disposition: form-data; name="', "content_type": MULTIPART},
    )
    yield "multipart without boundary", {"data": b"--x", "content_type": "multipart/form-data"}
    yield "no UTF-8", {"data": b"&".join(b"%s=%%ff%%fe\xff" % name.encode() for name in filled)}
    yield "plain text", {"data": "a=b", "content_type": "text/plain"}
    yield (
        "too many fields",
        {
            "data": {**token, **{f"x{number}": "1" for number in range(2000)}},
            "content_type": "multipart/form-data",
        },
    )


def judge(answer: TestResponse, what: str) -> list[str]:
    """Return what is wrong with an answer to bad input."""
    page = answer.get_data().decode(errors="replace")
    found = []
    if answer.status_code >= 500:
        found.append(f"{what}: {answer.status_code}")
    if "Traceback" in page or "sqlalchemy" in page or "psycopg" in page:
        found.append(f"{what}: shows what is inside")
    if "<script>alert(1)" in page:
        found.append(f"{what}: is not escaped")
    if "Set-Cookie: x" in str(answer.headers):
        found.append(f"{what}: writes headers")
    return found


@pytest.fixture(autouse=True)
def _errors_become_pages(furnished_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(furnished_office.app.config, "PROPAGATE_EXCEPTIONS", False)


@pytest.mark.parametrize("who", PEOPLE)
def test_every_form_survives_every_value(furnished_office: Office, who: str) -> None:
    office, wrong = furnished_office, []
    for endpoint, form in office.targets(who):
        client = office.browser(who)
        names = [one.name for one in form.fields if "csrf_token" not in one.name]
        for name, value in BAD.items() if names else ():
            if name in TYPED and len(form.fields) >= FEW:
                continue  # each field gets it below, while the others are right
            sent = form.filled() | dict.fromkeys(names, value)
            with office.undone():
                answer = client.post(form.action, data=sent)
                wrong += judge(answer, f"{endpoint} {name}")
                if value == MARKUP and answer.status_code == 422:
                    wrong += lost(form, answer.text, endpoint)
                answer.close()
    assert wrong == []


def lost(form: Form, page: str, endpoint: str) -> list[str]:
    """Name the texts that do not come back on the page that asks for them again."""
    asked = [one for one in form.fields if one.kind in {"text", "textarea", "email", "tel"}]
    return [
        f"{endpoint}: {one.name} is lost"
        for one in asked
        if f'name="{one.name}"' in page
        and html.escape(MARKUP).replace("&quot;", "&#34;") not in page
    ]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("who", PEOPLE)
def test_every_field_survives_every_value_while_the_others_are_right(
    furnished_office: Office, who: str, part: int
) -> None:
    office, wrong = furnished_office, []
    for endpoint, form in [*office.targets(who)][part::PARTS]:
        client = office.browser(who)
        for one in form.fields:
            if "csrf_token" in one.name or len(form.fields) < FEW:
                continue
            for name in CHOSEN if one.kind in LISTS else TYPED:
                with (
                    office.undone(),
                    client.post(form.action, data=form.filled() | {one.name: BAD[name]}) as answer,
                ):
                    wrong += judge(answer, f"{endpoint} {one.name} {name}")
    assert wrong == []


@pytest.mark.parametrize("who", PEOPLE)
def test_every_form_survives_every_shape(furnished_office: Office, who: str) -> None:
    office, wrong = furnished_office, []
    for endpoint, form in office.targets(who):
        client = office.browser(who)
        for name, request in shapes(form):
            with office.undone(), client.post(form.action, **request) as answer:
                wrong += judge(answer, f"{endpoint} {name}")
    assert wrong == []


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_survives_every_address(furnished_office: Office, who: str) -> None:
    office, wrong = furnished_office, []
    asked = ("seite", "ab", "weg", "slot", "next", "suche", "von", "wer", "request", "angekommen")
    one_each = {endpoint: address for address, endpoint in office.reach(who).pages.items()}
    for endpoint, address in one_each.items():
        client = office.browser(who)
        path = address.partition("?")[0]
        for name in ("nul", "large number", "negative"):
            query = dict.fromkeys(asked, BAD[name])
            with office.undone(), client.get(path, query_string=query) as answer:
                wrong += judge(answer, f"{endpoint} {name}")
    assert wrong == []


@pytest.mark.parametrize("who", PEOPLE)
def test_check_18_what_no_field_asks_for_is_ignored(furnished_office: Office, who: str) -> None:
    """Every column of every table as an extra field: none of these values reaches the database."""
    office, wrong = furnished_office, []
    tables = Model.metadata.sorted_tables
    for endpoint, form in office.targets(who):
        own = {one.name for one in form.fields}
        extra = {n: v for table in tables for n, v in forged(table) if n not in own}
        with (
            office.undone(),
            office.browser(who).post(form.action, data=form.filled() | extra) as answer,
        ):
            wrong += judge(answer, endpoint)
            wrong += [f"{endpoint} wrote into {row[0]}" for row in traces(office, tables)]
    assert wrong == []


@pytest.mark.parametrize("who", ["nobody", "citizen", "staff"])
def test_who_may_not_enter_cannot_break_anything_either(furnished_office: Office, who: str) -> None:
    office, wrong = furnished_office, []
    others = [form for one in ("citizen", "neighbour", "staff") for form in office.targets(one)]
    client = office.browser(who)
    for endpoint, form in others:
        if not office.may_enter(who, endpoint):
            sent = form.filled() | {one.name: BAD["nul"] + MARKUP for one in form.fields}
            with office.undone(), client.post(form.action, data=sent) as answer:
                wrong += judge(answer, endpoint)
                wrong += [f"{endpoint} let {who} in"] if answer.status_code < 300 else []
    assert wrong == []


FORGED_WORD, FORGED_NUMBER = "mallory181818", 1818181818
FORGED_ID, FORGED_TIME = (
    uuid.UUID(int=0x18181818 << 96),
    datetime(2018, 1, 18, 18, 18, 18, tzinfo=UTC),
)


def forged(table: Table) -> Iterator[tuple[str, str]]:
    """Name each column of a table with a value that is found again."""
    for column in table.columns:
        kind = column.type
        if isinstance(kind, Uuid):
            yield column.name, str(FORGED_ID)
        elif isinstance(kind, Integer):
            yield column.name, str(FORGED_NUMBER)
        elif isinstance(kind, DateTime) or "DateTime" in type(kind).__name__:
            yield column.name, FORGED_TIME.isoformat()
        elif isinstance(kind, String):
            yield column.name, FORGED_WORD


def traces(office: Office, tables: list[Table]) -> list[Row[Any]]:
    """Return the tables in which a forged value stands."""
    seen = (FORGED_WORD, str(FORGED_NUMBER), str(FORGED_ID), "2018-01-18 18:18:18")
    found = " OR ".join(f"t::text LIKE '%{value}%'" for value in seen)
    query = " UNION ALL ".join(
        f"SELECT '{table.name}' FROM {table.name} t WHERE {found}" for table in tables
    )
    return list(office.connection.execute(text(query)))


def test_nearly_every_form_is_reached(furnished_office: Office) -> None:
    """What is listed here is asked without its fields: no page of `world.furnish` has the form."""
    office = furnished_office
    reached = {endpoint for who in PEOPLE for endpoint, form in office.targets(who) if form.fields}
    rules = office.app.url_map.iter_rules()
    posts = {str(rule.endpoint) for rule in rules if "POST" in (rule.methods or ())}
    assert len(posts - reached) <= len(posts) * 0.4, sorted(posts - reached)


@pytest.mark.parametrize("who", ["nobody", "citizen", "staff"])
def test_forms_filled_as_a_browser_does_get_through(furnished_office: Office, who: str) -> None:
    """The other tests prove nothing if each form stops at its token."""
    office = furnished_office
    stopped = []
    for endpoint, form in office.targets(who):
        with office.undone(), office.browser(who).post(form.action, data=form.filled()) as answer:
            if form.fields and answer.status_code in {400, 403, 404, 429}:
                stopped.append(f"{endpoint}: {answer.status_code}")
    assert stopped == []
