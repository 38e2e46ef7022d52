"""The pages on which the office edits its forms: as typed, as sent by nobody's browser."""

import html
import re
import uuid
from pathlib import Path

import pytest

from portal.accounts.models import Role
from portal.applications import jobs, shelf
from portal.applications.editing import service, shown
from portal.applications.models import EditState
from portal.casefiles.models import Document
from portal.core import clock
from portal.core.vault import service as vault
from tests.applications.test_jobs import words_of
from tests.factories import applications as make
from tests.factories import form_edits
from tests.factories.accounts import citizen, staff_member
from tests.queries import counted_queries

HERE = "/amt/formulare"
FORM = f"{HERE}/probe"
TEXT = f"{FORM}/text?ort={form_edits.LABEL}"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> & Telefon"


@pytest.fixture
def author(session, client):
    person = staff_member(session, Role.DATA_QUALITY_OFFICER)
    client.sign_in(person)
    session.commit()
    return person


@pytest.fixture
def edit(session, author):
    made = form_edits.begun(session, author)
    session.commit()
    return made


@pytest.fixture
def waiting(session, author, edit):
    form_edits.submitted(session, form_edits.changed(session, edit, author), author)
    session.commit()
    return edit


def field(page: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def send(client, address, **data):
    """Send a form, as a browser does or as nobody's browser would."""
    return client.post_form(address, data)


def test_the_list_shows_versions_drafts_and_what_waits(client, session, author, waiting):
    make.draft(session, citizen(session))
    session.commit()
    page = client.get(HERE).text
    assert "Weiterbewilligungsantrag" in page
    assert "wartet auf Freigabe" in page
    assert "Wartet auf Ihre Freigabe" not in page, "the own change waits for somebody else"


def test_who_may_approve_is_told(client, session, author, waiting, lead):
    client.sign_in(lead)
    session.commit()
    page = client.get(HERE).text
    assert "Wartet auf Ihre Freigabe" in page
    assert "Telefon klarer" in page


def test_the_list_asks_no_more_for_more_drafts(client, session, author, edit):
    client.get(HERE)
    with counted_queries() as few:
        client.get(HERE)
    for _ in range(5):
        make.draft(session, citizen(session))
    session.commit()
    with counted_queries() as many:
        client.get(HERE)
    assert len(many) == len(few)


@pytest.mark.parametrize("role", [Role.BENEFIT_OFFICER, Role.ADMINISTRATOR, Role.FRONT_DESK])
def test_without_the_right_there_is_nothing(client, session, role):
    client.sign_in(staff_member(session, role))
    session.commit()
    assert client.get(HERE).status_code == 404
    assert client.get(FORM).status_code == 404
    assert send(client, f"{FORM}/bearbeiten").status_code == 404


def test_who_only_edits_cannot_publish_by_a_forged_request(client, session, waiting):
    other = staff_member(session, Role.DATA_QUALITY_OFFICER)
    client.sign_in(other)
    session.commit()
    address = f"{HERE}/aenderungen/{waiting.id}"
    for deed in ("veroeffentlichen", "ablehnen"):
        answer = send(client, f"{address}/{deed}", revision="3", note="x")
        assert answer.status_code == 404


def test_a_form_is_begun_searched_and_listed(client, session, author):
    answer = send(client, f"{FORM}/bearbeiten", teil="about_you")
    assert answer.status_code == 302
    assert "Prüfen und einreichen" in client.get(FORM).text
    assert "Wo wohnen Sie?" in client.get(f"{FORM}?teil=about_you").text
    found = client.get(f"{FORM}?suche=IBAN").text
    assert "IBAN" in found
    assert "Kein Text gefunden" in client.get(f"{FORM}?suche=gibtesnicht").text
    assert "Kein Text gefunden" in client.get(f"{FORM}?zeige=geaendert").text
    assert client.get(f"{FORM}?teil=forged&zeige=forged").status_code == 200
    assert "Texte mehr" in client.get(f"{FORM}?zeige=uk").text


def test_a_text_is_changed_in_two_languages_and_a_third(client, session, author, edit):
    page = client.get(TEXT).text
    assert "Telefon" in page
    answer = send(
        client, TEXT, seen=field(page, "seen"), de="Telefonnummer", en="Phone number", ar="هاتف"
    )
    assert answer.status_code == 302
    assert [one["language"] for one in form_edits.open_edit(session).changes] == ["de", "en", "ar"]
    assert "geändert" in client.get(f"{FORM}?zeige=geaendert").text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"de": "x" * 10_000, "en": "x"}, "Höchstens"),
        ({"de": "x" * 10_001, "en": "x"}, "Höchstens"),
        ({"de": "", "en": "Phone"}, "Deutsch und Englisch"),
        ({"de": "{secret}", "en": "Phone"}, "niemand ausfüllt"),
    ],
)
def test_what_cannot_be_taken_stays_in_the_field(client, session, author, edit, words, said):
    seen = field(client.get(TEXT).text, "seen")
    answer = send(client, TEXT, seen=seen, **words)
    assert answer.status_code == 422
    assert said in answer.text
    assert words["de"][:200] in answer.text
    assert form_edits.open_edit(session).changes == []


def test_two_tabs_the_second_one_is_asked_first(client, session, author, edit):
    seen = field(client.get(TEXT).text, "seen")
    send(client, TEXT, seen=seen, de="Erste", en="First")
    answer = send(client, TEXT, seen=seen, de="Zweite", en="Second")
    assert answer.status_code == 409
    assert "Erste" in answer.text
    assert "Zweite" in answer.text
    again = send(client, TEXT, seen=field(answer.text, "seen"), de="Zweite", en="Second")
    assert again.status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        f"{HERE}/nichts",
        f"{FORM}/text?ort=question/nothing/label",
        f"{FORM}/text",
        f"{FORM}/frage?seite=nichts",
        f"{FORM}/vorschau/nichts",
        f"{HERE}/aenderungen/{uuid.uuid4()}",
    ],
)
def test_forged_addresses_lead_nowhere(client, author, edit, address):
    assert client.get(address).status_code == 404


def test_forged_deeds_lead_nowhere(client, session, author, edit):
    for address, sent in (
        (f"{FORM}/freiwillig", {"question": "nothing", "optional": "ja"}),
        (f"{FORM}/freiwillig", {}),
        (f"{FORM}/frage/entfernen", {"question": "phone"}),
        (f"{FORM}/frage?seite=nichts", {"type": "text"}),
        (f"{FORM}/text?ort=question/phone/type", {"de": "iban", "en": "iban"}),
        (f"{HERE}/aenderungen/{uuid.uuid4()}/verwerfen", {}),
    ):
        assert send(client, address, **sent).status_code == 404, address
    assert form_edits.open_edit(session).changes == []


def test_without_an_open_change_nothing_is_changed(client, session, author):
    for address in (TEXT, f"{FORM}/frage?seite=anschrift", f"{FORM}/pruefung"):
        assert client.get(address).status_code == 409
    assert send(client, f"{FORM}/einreichen", title="x", why="x").status_code == 409


QUESTION = {
    "type": "choice",
    "label_de": "Womit kommen Sie?",
    "label_en": "How do you travel?",
    "why_de": "Für die Fahrkosten.",
    "why_en": "For travel costs.",
    "options": "Bus | Bus\nFahrrad | Bicycle",
    "after": "street",
    "optional": "y",
}


def test_a_question_is_added_made_and_taken_out(client, session, author, edit):
    address = f"{FORM}/frage?seite=anschrift"
    assert "Womit heizen" not in client.get(address).text
    assert send(client, address, **QUESTION).status_code == 302
    [change] = form_edits.open_edit(session).changes
    assert change["after"] == "street"
    assert [one["label"]["en"] for one in change["question"]["options"]] == ["Bus", "Bicycle"]
    page = client.get(f"{FORM}?teil=about_you").text
    assert "eigene Frage des Hauses" in page
    taken = send(client, f"{FORM}/frage/entfernen", question=change["question"]["id"])
    assert taken.status_code == 302
    assert form_edits.open_edit(session).changes == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "iban"},
        {"label_de": ""},
        {"label_en": ""},
        {"options": "Bus"},
        {"options": "Bus\nRad"},
        {"options": "Bus | Bus\n" * 21},
        {"hint_de": "Nur Deutsch"},
        {"after": "truth"},
        {"label_de": "{secret}"},
        {"label_de": "x" * 10_000},
    ],
)
def test_a_question_that_is_not_whole_is_not_taken(client, session, author, edit, wrong):
    answer = send(client, f"{FORM}/frage?seite=anschrift", **QUESTION | wrong)
    assert answer.status_code == 422
    assert form_edits.open_edit(session).changes == []


def test_a_question_is_made_optional(client, session, author, edit):
    send(client, f"{FORM}/freiwillig", question="city", optional="ja")
    assert form_edits.open_edit(session).changes == [{"kind": "optional", "question": "city"}]
    assert "Wieder nötig machen" in client.get(f"{FORM}?teil=about_you").text


def test_every_page_has_a_preview_in_both_languages(client, session, author, edit):
    form_edits.changed(session, edit, author)
    session.commit()
    pages = form_edits.shipped().pages
    for page in pages:
        answer = client.get(f"{FORM}/vorschau/{page.id}")
        assert answer.status_code == 200, page.id
        assert 'lang="en"' in answer.text
    shown = client.get(f"{FORM}/vorschau/anschrift").text
    assert form_edits.NEW_LABEL["de"] in shown
    assert form_edits.NEW_LABEL["en"] in shown


def test_the_check_page_names_differences_and_hands_over(client, session, author, edit):
    form_edits.changed(session, edit, author)
    session.commit()
    page = client.get(f"{FORM}/pruefung").text
    assert "Keine Fehler gefunden" in page
    assert form_edits.NEW_LABEL["de"] in page
    assert send(client, f"{FORM}/einreichen", revision="1").status_code == 422
    day = clock.local_date(clock.now()).isoformat()
    given = {"title": "Telefon", "why": "Klarer", "valid_from": day}
    stale = send(client, f"{FORM}/einreichen", revision="0", **given)
    assert stale.status_code == 409
    assert send(client, f"{FORM}/einreichen", revision="x", **given).status_code == 409
    answer = send(client, f"{FORM}/einreichen", revision=field(page, "revision"), **given)
    assert answer.status_code == 302
    assert form_edits.open_edit(session).state is EditState.SUBMITTED


def test_faults_are_named_and_block(client, session, author, edit):
    form_edits.changed(
        session, edit, author, at="form/purpose", words={"de": "Ohne", "en": "For {benefit}"}
    )
    session.commit()
    page = client.get(f"{FORM}/pruefung").text
    assert "So kann das Formular nicht veröffentlicht werden" in page
    day = clock.local_date(clock.now()).isoformat()
    answer = send(
        client,
        f"{FORM}/einreichen",
        revision=field(page, "revision"),
        title="Telefon",
        why="Klarer",
        valid_from=day,
    )
    assert answer.status_code == 409


def test_the_dry_run_speaks_in_numbers(client, session, author, edit):
    for _ in range(2):
        make.draft(session, citizen(session), {"city": "Lindenau"})
    form_edits.asked(session, edit, author)
    session.commit()
    page = client.get(f"{FORM}/probelauf").text
    assert "2 Entwürfe, keiner verliert eine Antwort, 2 bekommen eine neue Frage." in page
    assert "Haben Sie ein Auto?" in page


def test_the_dry_run_names_what_holds_nobody_up(client, session, author, edit):
    make.draft(session, citizen(session))
    form_edits.asked(session, edit, author, question={"optional": True})
    session.commit()
    page = client.get(f"{FORM}/probelauf").text
    assert "keiner bekommt eine neue Frage" in page
    assert "Haben Sie ein Auto?" in page


def test_a_second_person_publishes(client, session, author, waiting, lead):
    address = f"{HERE}/aenderungen/{waiting.id}"
    own = client.get(address).text
    assert "Freigeben muss eine andere Person" in own
    client.sign_in(lead)
    session.commit()
    page = client.get(address).text
    answer = send(client, f"{address}/veroeffentlichen", revision=field(page, "revision"))
    assert answer.status_code == 302
    me = citizen(session)
    client.sign_in(me)
    session.commit()
    send(client, "/antraege/neu/probe")
    draft = make.queries.open_draft(session, form="probe", asker=me)
    assert form_edits.NEW_LABEL["de"] in client.get(f"/antraege/{draft.id}/anschrift").text


def test_the_author_is_refused_even_with_both_rights(client, session, lead):
    client.sign_in(lead)
    made = form_edits.begun(session, lead)
    form_edits.submitted(session, form_edits.changed(session, made, lead), lead)
    address, revision = f"{HERE}/aenderungen/{made.id}", made.revision
    session.commit()
    answer = send(client, f"{address}/veroeffentlichen", revision=str(revision))
    assert answer.status_code == 403
    assert "andere Person" in answer.text


def test_what_changed_meanwhile_is_not_published(client, session, author, waiting, lead):
    address, stale = f"{HERE}/aenderungen/{waiting.id}", waiting.revision - 1
    client.sign_in(lead)
    session.commit()
    answer = send(client, f"{address}/veroeffentlichen", revision=str(stale))
    assert answer.status_code == 409
    assert "inzwischen bearbeitet" in answer.text


def test_a_refusal_needs_a_reason_and_can_be_taken_up_again(client, session, author, waiting, lead):
    address, revision = f"{HERE}/aenderungen/{waiting.id}", str(waiting.revision)
    client.sign_in(lead)
    session.commit()
    assert send(client, f"{address}/ablehnen", **{"ablehnen-revision": revision}).status_code == 422
    done = send(
        client,
        f"{address}/ablehnen",
        **{"ablehnen-revision": revision},
        **{"ablehnen-note": "Zu lang"},
    )
    assert done.status_code == 302
    assert "Zu lang" in client.get(address).text
    client.sign_in(author)
    session.commit()
    assert send(client, f"{address}/wieder-aufnehmen").status_code == 302
    assert form_edits.open_edit(session).changes
    assert "abgelehnt" in client.get(f"{FORM}/verlauf").text


def test_a_change_is_taken_back_and_discarded(client, session, author, waiting):
    address = f"{HERE}/aenderungen/{waiting.id}"
    assert send(client, f"{address}/verwerfen").status_code == 409
    assert send(client, f"{address}/zurueckholen").status_code == 302
    assert send(client, f"{address}/verwerfen").status_code == 302
    assert form_edits.open_edit(session) is None
    assert "verworfen" in client.get(address).text


def test_hostile_words_are_words_everywhere(client, session, author, lead, edit):
    words = {"de": HOSTILE, "en": HOSTILE}
    for at in (form_edits.LABEL, "page/anschrift/title", "form/title", "question/city/hint"):
        form_edits.changed(session, edit, author, at=at, words=words)
    session.commit()
    for address in (FORM, f"{FORM}?teil=about_you", TEXT, f"{FORM}/pruefung"):
        assert_harmless(client.get(address).text, address)
    assert_harmless(client.get(f"{FORM}/vorschau/anschrift").text, "preview")
    form_edits.published(session, form_edits.submitted(session, edit, author), lead)
    made, me = edit.id, citizen(session)
    client.sign_in(me)
    session.commit()
    assert_harmless(client.get("/antraege").text, "list")
    assert_harmless(client.get("/antraege/neu/probe").text, "start")
    send(client, "/antraege/neu/probe")
    draft = make.draft(session, me, make.NOTHING_CHANGED | {"phone": "0641"})
    id = draft.id
    session.commit()
    for address in (f"/antraege/{id}", f"/antraege/{id}/anschrift", f"/antraege/{id}/pruefen"):
        assert_harmless(client.get(address).text, address)
    client.sign_in(author)
    session.commit()
    assert_harmless(client.get(f"{HERE}/aenderungen/{made}").text, "edit")


def assert_harmless(page: str, where: str) -> None:
    """Refuse markup that came from a text."""
    assert "<script>alert" not in page, where
    assert "<img src=x" not in page, where


def test_hostile_words_are_words_in_the_receipt(session, author, lead, edit):
    form_edits.changed(session, edit, author, words={"de": HOSTILE, "en": HOSTILE})
    form_edits.published(session, form_edits.submitted(session, edit, author), lead)
    me = citizen(session)
    draft = make.service.start(session, form="probe", by=me, now=clock.now())
    make.draft(session, me, make.NOTHING_CHANGED | {"phone": "0641 5550"})
    make.sent(session, me)
    assert draft.edition == 1
    jobs.write_receipt(session, now=clock.now(), application_id=str(draft.id))
    receipt = session.get_one(Document, draft.receipt_document_id)
    content = vault.read(session, receipt.served_file_id)
    assert "<script>alert(1)</script>" in "".join(words_of(content).split())


def test_who_may_not_publish_is_not_asked_to(client, session, waiting):
    client.sign_in(staff_member(session, Role.DATA_QUALITY_OFFICER))
    session.commit()
    assert "Wartet auf Ihre Freigabe" not in client.get(HERE).text


def test_the_page_of_a_change_tells_what_happened(client, waiting):
    page = client.get(f"{HERE}/aenderungen/{waiting.id}").text
    for deed in ("Begonnen", "Text geändert", "Eingereicht"):
        assert deed in page


def test_every_deed_has_german_words():
    source = Path(service.__file__).read_text("utf-8")
    deeds = set(re.findall(r'_record\(\s*session,\s*"(\w+)"', source))
    assert {f"applications.form_edit_{deed}" for deed in deeds} == set(shown.DEEDS)


def test_a_change_of_a_version_that_is_gone_can_be_put_away(client, session, waiting, monkeypatch):
    newer = form_edits.shipped().model_copy(update={"version": 99})
    address = f"{HERE}/aenderungen/{waiting.id}"
    monkeypatch.setattr(shelf, "shipped", lambda: {("probe", 99): newer})
    assert "gehört zu einer älteren Fassung" in client.get(FORM).text
    assert client.get(address).status_code == 200
    assert send(client, f"{address}/zurueckholen").status_code == 302
    assert send(client, f"{address}/verwerfen").status_code == 302
    assert send(client, f"{FORM}/bearbeiten").status_code == 302
    assert form_edits.open_edit(session).base_version == 99
