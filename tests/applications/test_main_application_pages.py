"""The main application in a browser: every page of whole households opens and can be sent."""

import re
import uuid

import pytest

from portal.applications import queries, service, shelf
from portal.core import clock
from tests.applications.household_answers import STORIES
from tests.factories.accounts import citizen

# Words for scripts (sums, means) keep theirs and stand in attributes.
UNFILLED = re.compile(r">[^<]*\{[a-z_]+\}")


@pytest.fixture
def me(session, client):
    person = citizen(session)
    client.sign_in(person)
    session.commit()
    return person


def drafted(session, me, kept):
    """Make a draft of the main application with these answers; give back its id."""
    now = clock.now()
    made = service.begin(session, definition=shelf.shipped()["ha", 1], by=me, now=now)
    filled = queries.filled_for(session, made.id, asker=me)
    answers = {place: one.value for place, one in kept.items()}
    service.save_answers(session, filled=filled, answers=answers, by=me, now=now)
    session.commit()
    return made.id


@pytest.mark.parametrize(
    "name", ["patchwork", "self_employed", "under_25_moved_out", "no_fixed_address"]
)
def test_every_page_of_a_household_opens_with_names_in_place(session, client, me, name):
    filled = STORIES[name]()
    sheet = filled.complete()
    address = f"/antraege/{drafted(session, me, filled.kept)}"
    pages = [
        f"{address}/{s.page.id}" + (f"?fuer={s.owner}" if s.owner else "") for s in sheet.steps
    ]

    for page in (address, *pages, f"{address}/unterlagen", f"{address}/pruefen"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        assert main, page
        assert UNFILLED.findall(main) == [], page


def test_a_question_that_the_title_asks_is_not_read_twice(session, client, me):
    filled = STORIES["single"]()
    filled.complete()
    address = f"/antraege/{drafted(session, me, filled.kept)}"
    assert (
        '<legend class="kern-label sr-only">Haben Sie ein Konto?'
        in client.get(f"{address}/konto").text
    )
    assert (
        '<legend class="kern-label">Waren Sie selbständig?'
        in client.get(f"{address}/fruehere-zeiten").text
    )


def test_a_finished_main_application_can_be_sent(session, client, me):
    filled = STORIES["patchwork"]()
    filled.complete()
    id = drafted(session, me, filled.kept)

    made = queries.filled_for(session, id, asker=me).application
    sent = service.submit(session, application=made, key=uuid.uuid4(), by=me, now=clock.now())

    assert sent.state == "submitted"
