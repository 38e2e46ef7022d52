"""Drafts at the browser: nothing typed is lost, whatever happens to tab, network and sign-in."""

import re

import pytest
from playwright.sync_api import Page, Request, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.models import Citizen
from portal.applications.models import Answer
from portal.applications.places import Value
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import applications
from tests.factories.accounts import citizen
from tests.processes.running import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "grüner tee am morgen"
LONG = 15_000
CANARY = "Kanarienvogelweg 7"


def begun(session: Session, **answers: Value) -> tuple[Citizen, str]:
    """Let Oksana begin an application; return her and its address."""
    person = citizen(session, email="oksana@example.org", password_hash=passwords.hash_of(PASSWORD))
    return person, f"/antraege/{applications.draft(session, person, answers).id}"


def kept(page: Page) -> list[str]:
    """Return what a thief of the disk reads of the drafts in this browser."""
    return list(
        page.evaluate(
            """async () => {
              const known = await indexedDB.databases();
              if (!known.some(({ name }) => name === "sealed")) return [];
              const open = indexedDB.open("sealed");
              await new Promise((done) => { open.onsuccess = done; });
              const heads = open.result.transaction("heads").objectStore("heads");
              const [names, values] = [heads.getAllKeys(), heads.getAll()];
              await new Promise((done) => { values.onsuccess = done; });
              open.result.close();
              return names.result.map(
                (name, at) => name + new TextDecoder("latin1").decode(values.result[at].head));
            }"""
        )
    )


class Drafting(Visitor):
    """Somebody on a page of a draft."""

    def __init__(self, page: Page, draft: str) -> None:
        super().__init__(page)
        self.draft = draft
        self.posts: list[Request] = []
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if "/merken" in request.url:
            self.posts.append(request)

    def open(self, page: str = "anschrift") -> None:
        self.go(f"{self.draft}/{page}")
        self.page.wait_for_load_state("networkidle")

    def writes(self, question: str, text: str) -> None:
        self.page.locator(f'[name="{question}"]').fill(text)

    def has(self, question: str, text: str) -> None:
        expect(self.page.locator(f'[name="{question}"]')).to_have_value(text)

    def is_(self, state: str) -> None:
        line = self.page.locator("[data-autosave-state]")
        expect(line).to_have_attribute("data-state", state, timeout=LONG)

    def says_of(self, question: str, words: str) -> None:
        line = self.page.locator(f'[data-question="{question}"] [data-field-state]')
        expect(line).to_contain_text(words, timeout=LONG)

    def keeps(self, count: int) -> None:
        wait_for(lambda: len(kept(self.page)) == count, 10)


def stored(office: Office, question: str) -> object:
    """Return what the office has of this answer."""
    query = select(Answer.value).where(Answer.question_id == question)
    return office.do(lambda session: session.scalars(query).first())


def test_only_what_has_changed_is_sent_and_nothing_while_idle(
    office: Office, open_page: OpenPage
) -> None:
    """Given a page that is filled in, then one answer at a time goes up, and the page says so."""
    person, draft = office.do(begun)
    visitor = Drafting(open_page(person, width=360), draft)
    visitor.open()
    visitor.writes("street", CANARY)
    visitor.says_of("street", "Gespeichert.")
    visitor.is_("saved")
    visitor.check_barriers()
    assert stored(office, "street") == CANARY
    visitor.keeps(0)
    visitor.writes("postcode", "35390")
    visitor.says_of("postcode", "Gespeichert.")
    visitor.page.wait_for_timeout(4000)
    assert len(visitor.posts) == 2
    assert "only=postcode" in (visitor.posts[1].post_data or "")
    assert "Kanarien" not in (visitor.posts[1].post_data or "")
    visitor.keeps(0)
    visitor.writes("city", "Lindenau")
    with visitor.page.expect_navigation():
        visitor.press("Weiter")
    assert stored(office, "city") == "Lindenau"
    expect(visitor.page.get_by_text("Hier gibt es zwei Antworten")).to_have_count(0)


def test_a_killed_tab_loses_nothing(office: Office, open_page: OpenPage) -> None:
    """Given a dead network and a tab that is killed, when the overview opens, then all arrives."""
    person, draft = office.do(begun)
    first = Drafting(open_page(person, width=360), draft)
    first.open()
    context = first.page.context
    context.set_offline(True)
    first.writes("street", CANARY)
    first.is_("offline")
    first.says_of("street", "Noch nicht gespeichert.")
    first.check_barriers()
    (entry,) = kept(first.page)
    assert "Kanarien" not in entry
    assert "anschrift" not in entry
    first.page.close()
    assert stored(office, "street") is None

    context.set_offline(False)
    again = Drafting(context.new_page(), draft)
    again.go(draft)
    again.sees("Was Sie zuletzt eingegeben haben, ist jetzt gespeichert.")
    again.check_barriers()
    assert stored(office, "street") == CANARY
    again.keeps(0)


def test_what_a_killed_tab_has_left_is_back_on_its_page(
    office: Office, open_page: OpenPage
) -> None:
    """Given a tab killed between two keystrokes, when its page opens, then the words are there."""
    person, draft = office.do(begun)
    first = Drafting(open_page(person), draft)
    first.open()
    context = first.page.context
    context.set_offline(True)
    first.writes("street", CANARY)
    first.keeps(1)
    first.page.close()
    context.set_offline(False)
    again = Drafting(context.new_page(), draft)
    again.open()
    again.has("street", CANARY)
    again.says_of("street", "Gespeichert.")
    again.keeps(0)


def test_an_entry_of_a_list_is_kept_while_it_is_written(
    office: Office, open_page: OpenPage
) -> None:
    """Given a new entry, when one goes without a press of a button, then it is in the list."""
    person, draft = office.do(lambda session: begun(session, lives_alone=False))
    visitor = Drafting(open_page(person, width=360), draft)
    visitor.open("haushalt-personen")
    visitor.page.locator("main").get_by_role("link", name=re.compile("hinzufügen")).click()
    visitor.page.wait_for_load_state("networkidle")
    visitor.writes("member_first_name", "Mila")
    visitor.says_of("member_first_name", "Gespeichert.")
    visitor.check_barriers()
    visitor.open("haushalt-personen")
    visitor.sees("Mila")


def test_leaving_the_page_takes_the_last_word_along(office: Office, open_page: OpenPage) -> None:
    """Given something typed a moment ago, when one goes elsewhere, then it is saved anyhow."""
    person, draft = office.do(begun)
    visitor = Drafting(open_page(person), draft)
    visitor.open()
    visitor.writes("street", CANARY)
    visitor.go("/hilfe")
    wait_for(lambda: stored(office, "street") == CANARY, 10)


def test_without_network_one_stays_on_the_page(office: Office, open_page: OpenPage) -> None:
    """Given no network, when „Weiter“ is pressed, then the page stays; later all goes on."""
    person, draft = office.do(begun)
    visitor = Drafting(open_page(person, width=360), draft)
    visitor.open()
    visitor.page.context.set_offline(True)
    visitor.writes("street", CANARY)
    visitor.writes("postcode", "35390")
    visitor.writes("city", "Lindenau")
    visitor.press("Weiter")
    visitor.sees("Kein Netz. Sie bleiben auf dieser Seite.")
    visitor.page.wait_for_timeout(2000)
    visitor.sees("Kein Netz. Sie bleiben auf dieser Seite.")
    visitor.has("street", CANARY)
    visitor.check_barriers()
    visitor.page.context.set_offline(False)
    visitor.says_of("street", "Gespeichert.")
    visitor.is_("saved")
    visitor.keeps(0)
    with visitor.page.expect_navigation():
        visitor.press("Weiter")
    assert "anschrift" not in visitor.page.url


def test_a_session_that_is_over_costs_nothing(office: Office, open_page: OpenPage) -> None:
    """Given a sign-in that has ended, then the page says so, and goes on after signing in."""
    person, draft = office.do(begun)
    visitor = Drafting(open_page(person, width=360), draft)
    visitor.open()
    visitor.page.context.clear_cookies()
    visitor.writes("street", CANARY)
    visitor.sees("Sie sind abgemeldet. Was Sie eingegeben haben")
    visitor.keeps(1)
    visitor.check_barriers()
    visitor.follow("Anmelden und weitermachen")
    visitor.reads("Anmelden")
    visitor.page.get_by_label("E-Mail-Adresse oder Handynummer").fill("oksana@example.org")
    visitor.types("Passwort", PASSWORD)
    visitor.press("Anmelden")
    visitor.page.wait_for_url(re.compile("anschrift"))
    visitor.has("street", CANARY)
    visitor.says_of("street", "Gespeichert.")
    assert stored(office, "street") == CANARY
    visitor.keeps(0)


def test_a_mistake_is_named_once_one_has_left_it_and_gone_after_signing_out(
    office: Office, open_page: OpenPage
) -> None:
    """Given a day that does not exist, then it waits in the browser until one signs out."""
    person, draft = office.do(begun)
    visitor = Drafting(open_page(person, width=1280), draft)
    visitor.open("person")
    parts = visitor.page.locator('[name="birth_date"]')
    line = visitor.page.locator('[data-question="birth_date"] [data-field-state]')
    with visitor.page.expect_response("**/merken"):
        for number, part in enumerate(("31", "2", "1992")):
            parts.nth(number).fill(part)
    visitor.is_("")
    expect(line).to_have_text("")
    visitor.page.locator('[name="last_name"]').focus()
    expect(line).not_to_have_text("")
    visitor.check_barriers()
    visitor.keeps(1)
    visitor.press("Abmelden")
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.page.evaluate("indexedDB.databases()") == []
