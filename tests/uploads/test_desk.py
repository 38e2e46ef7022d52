"""The page of a hand-in: one table of limits for browser and server, and a way without a script."""

import html
import json
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.papers import limits
from tests.client import PortalClient
from tests.factories import accounts, papers
from tests.uploads.sending import Script

PAGE = "/unterlagen/neu"


@pytest.fixture
def script(client: PortalClient, session: Session) -> Script:
    accounts.team(session)
    person = accounts.citizen(session)
    session.commit()
    client.sign_in(person)
    return Script(client)


def told(page: str, name: str) -> Any:
    """Return what an attribute of the component tells the browser."""
    found = re.search(rf"data-{name}=(['\"])(.*?)\1", page)
    assert found, name
    return html.unescape(found[2])


def test_check_25_the_browser_checks_by_the_table_of_the_server(script: Script) -> None:
    page = script.client.get(PAGE).get_data(as_text=True)
    table = json.loads(told(page, "limits"))
    assert (table["files"], table["bytes"]) == (limits.MAX_FILES, limits.MAX_FILE_BYTES)
    assert table["together"] == limits.MAX_TOGETHER_BYTES
    assert table["extensions"].keys() == limits.BY_EXTENSION.keys()
    assert set(table["office"]) == limits.OFFICE_EXTENSIONS


def test_check_12_the_keys_are_those_of_the_person(client: PortalClient, session: Session) -> None:
    keys = []
    for _ in range(2):
        client.sign_in(accounts.citizen(session))
        keys.append(told(client.get(PAGE).get_data(as_text=True), "keys"))
    assert len(set(keys)) == 2
    assert "no-store" in client.get(PAGE).headers["Cache-Control"]


def test_the_page_may_ask_for_the_camera(script: Script) -> None:
    assert "camera=(self)" in script.client.get(PAGE).headers["Permissions-Policy"]


def test_without_a_script_what_was_sent_before_can_be_handed_in_or_removed(script: Script) -> None:
    """Given a file sent by a script, when the page comes without one, then it is in the form."""
    id = script.upload(papers.pdf(), "bescheid.pdf")
    page = script.client.get(PAGE).get_data(as_text=True)
    assert f'<input type="hidden" name="upload" value="{id}">' in page
    assert 'value="unterlagen"' in page
    assert f'formaction="/unterlagen/hochladen/{id}/entfernen"' in page
    form = {"weiter": PAGE}
    answer = script.client.post_form(f"/unterlagen/hochladen/{id}/entfernen", form)
    assert answer.headers["Location"] == PAGE
    assert "bescheid.pdf" not in script.client.get(PAGE).get_data(as_text=True)
