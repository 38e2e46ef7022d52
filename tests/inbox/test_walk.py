"""From each thing of the inbox one gets to the next, and back into the list as it was."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.accounts.models import Role, StaffMember, StaffRole
from portal.core import clock, paths
from portal.core.db import db
from portal.inbox.links import ENDPOINTS
from tests.access import visiting
from tests.access.standing import Standing, standing
from tests.factories.inbox import work_item

KINDS = {endpoint: kind for kind, endpoint in ENDPOINTS.items()}
"""Each page once, with one kind that leads to it."""


@pytest.fixture(scope="module")
def here(rolled_back_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with standing(rolled_back_app, tmp_path_factory.mktemp("walks")) as found:
        yield found


def opened(here: Standing, endpoint: str) -> TestResponse:
    """Put a thing of Oksana's before her officer, who opens it from a list with a filter."""
    things = here.world.things
    subject_id = (things.get(endpoint) or things[endpoint.partition(".")[0]])["id"]
    with here.app.test_request_context():
        officer = db.session.get_one(StaffMember, things["staff_cover"]["id"])
        officer.roles.append(StaffRole(role=Role.MAILROOM))
        today = clock.local_date(clock.now())
        item = work_item(
            db.session,
            team_of=officer,
            kind=KINDS[endpoint],
            subject_id=subject_id,
            due_on=today,
        )
        item.team_id = officer.team_id  # the world may have put it before another team
        address = f"/amt/eingang/{item.id}/oeffnen?ansicht=team&frist=heute"
        db.session.commit()
    client = here.app.test_client()
    with client.session_transaction() as cookie:
        cookie["secret"] = here.world.secrets["rgt"]
    token = {"csrf_token": client.get("/dev/csrf").text}
    return client.post(address, data=token, headers=visiting.OWN, follow_redirects=True)


@pytest.mark.parametrize("endpoint", sorted(KINDS))
def test_each_thing_leads_on_through_the_list_it_was_opened_from(
    here: Standing, endpoint: str
) -> None:
    with visiting.forgotten(here.connection):
        page = opened(here, endpoint)
    assert page.status_code == 200
    walk = page.text.partition('aria-label="Durch den Eingang"')[2].partition("</nav>")[0]
    assert 'href="/amt/eingang?ansicht=team&amp;frist=heute"' in walk
    for key, direction in (("h", "zurueck"), ("l", "vor")):
        assert f'value="{direction}" data-key="{key}"' in walk


def test_a_case_leads_on_only_from_the_list(here: Standing) -> None:
    """Given a case, to which many ways lead, when it is opened by another, no list is offered."""
    client = here.app.test_client()
    with client.session_transaction() as cookie:
        cookie["secret"] = here.world.secrets["rgt"]
    page = client.get(f"/amt/akten/{here.world.things['staff_casefiles.case']['id']}")
    assert page.status_code == 200
    assert "Durch den Eingang" not in page.text


def test_no_page_of_a_thing_takes_the_keys_of_the_walk() -> None:
    pages = [path.read_text("utf-8") for path in paths.TEMPLATES.rglob("*.html")]
    walked = [page for page in pages if "import walk with context" in page]
    assert walked
    for page in walked:
        assert not re.search(r"""(?:data-key="|"data-key": "|key=")[hil]\"""", page)


def test_each_page_of_a_case_tells_the_keys_of_its_bar() -> None:
    pages = [path.read_text("utf-8") for path in paths.TEMPLATES.rglob("*.html")]
    with_bar = [page for page in pages if 'include "layouts/case_tabs.html"' in page]
    assert with_bar
    assert all("set page_keys = case_keys" in page for page in with_bar)
