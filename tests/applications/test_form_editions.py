"""What was published holds: for new drafts, for open ones, beside newer versions, for ever."""

from datetime import timedelta

import pytest
import yaml
from sqlalchemy import select

from portal.applications import editions, jobs, moving, shelf, versions
from portal.applications import service as applications
from portal.applications.editing import queries, service
from portal.applications.models import EditState, FormVersion
from portal.core import clock
from portal.core.errors import Conflict
from tests.applications.test_lint import SMALL
from tests.factories import applications as make
from tests.factories import form_edits
from tests.factories.accounts import citizen
from tests.queries import counted_queries


def today():
    return clock.local_date(clock.now())


def current(session):
    return versions.current(session, "probe", today())


def label(form):
    return form.find("phone").label.de


# What holds


def test_editions_are_numbered_and_build_on_each_other(session, author, lead):
    first = form_edits.edition(session, author, lead)
    again = form_edits.begun(session, author)
    assert (
        label(queries.work_on(session, "probe", asker=author, day=today()).edited)
        == (form_edits.NEW_LABEL["de"])
    )
    form_edits.changed(session, again, author, at="form/title", words={"de": "Neu", "en": "New"})
    form_edits.published(session, form_edits.submitted(session, again, author), lead)
    assert (first.state, again.edition) == (EditState.SUPERSEDED, 2)
    assert (current(session).title.de, label(current(session))) == (
        "Neu",
        form_edits.NEW_LABEL["de"],
    )


def test_an_edition_can_lead_back_to_the_shipped_words(session, author, lead):
    form_edits.edition(session, author, lead)
    again = form_edits.changed(
        session, form_edits.begun(session, author), author, words={"de": "Telefon", "en": "Phone"}
    )
    assert again.changes == []
    form_edits.published(session, form_edits.submitted(session, again, author), lead)
    assert (current(session).edition, label(current(session))) == (2, "Telefon")


def test_an_edition_waits_for_its_day(session, author, lead):
    first = form_edits.edition(session, author, lead)
    again = form_edits.changed(
        session, form_edits.begun(session, author), author, words={"de": "Ab Mai", "en": "May"}
    )
    later = today() + timedelta(days=30)
    form_edits.published(
        session, form_edits.submitted(session, again, author, valid_from=later), lead
    )
    assert (first.state, label(current(session))) == (
        EditState.PUBLISHED,
        form_edits.NEW_LABEL["de"],
    )
    assert label(versions.current(session, "probe", later)) == "Ab Mai"
    assert label(versions.current(session, "probe", later - timedelta(days=1))) != "Ab Mai"


def test_what_was_published_reads_as_it_was_for_ever(session, author, lead):
    edit = form_edits.edition(session, author, lead)
    session.flush()
    versions._READ.clear()
    form = versions.kept(session, ("probe", edit.base_version, 1))
    assert label(form) == form_edits.NEW_LABEL["de"]
    stored = session.scalars(select(FormVersion).where(FormVersion.edition == 1)).one()
    assert stored.sha256 == versions.digest(versions.written(form))


def test_which_edition_holds_is_one_query(session, author, lead):
    form_edits.edition(session, author, lead)
    session.flush()
    current(session)
    with counted_queries() as statements:
        versions.offered(session, today())
    assert len(statements) == 1


def test_a_published_edition_is_seen_at_once(session, author, lead):
    assert current(session) == form_edits.shipped()
    form_edits.edition(session, author, lead)
    assert label(current(session)) == form_edits.NEW_LABEL["de"]


# Drafts


def test_a_draft_moves_to_the_edition_and_keeps_its_answers(session, author, lead):
    me = citizen(session)
    draft = make.draft(session, me, {"phone": "0641 5550", "city": "Lindenau"})
    before = make.sheet(session, draft).kept
    form_edits.edition(session, author, lead)
    jobs.move_drafts(session, now=clock.now())
    session.refresh(draft)
    assert (draft.version, draft.edition, draft.moved) == (form_edits.shipped().version, 1, None)
    moved = make.sheet(session, draft)
    assert moved.kept == before
    assert label(moved.form) == form_edits.NEW_LABEL["de"]


def test_a_dry_run_says_what_becomes_of_drafts(session, author, lead, edit):
    make.draft(session, citizen(session), {"city": "Lindenau"})
    own = form_edits.asked(session, edit, author)
    edited = editions.apply(form_edits.shipped(), editions.read(edit.changes))
    run = moving.dry_run(session, form=edited, day=today())
    assert (run.drafts, run.lose_an_answer, run.get_new_questions) == (1, 0, 1)
    assert run.asked[own] == 1


def test_a_dry_run_asks_no_more_for_more_drafts(session):
    form = form_edits.shipped()
    counts = []
    for number in (1, 4):
        for _ in range(number):
            make.draft(session, citizen(session), {"city": "Lindenau"})
        session.flush()
        with counted_queries() as statements:
            moving.dry_run(session, form=form, day=today())
        counts.append(len(statements))
    assert counts == [2, 2]


def test_a_dry_run_says_what_taking_a_question_out_costs(session, author, lead, edit):
    own = form_edits.asked(session, edit, author)
    form_edits.published(session, form_edits.submitted(session, edit, author), lead)
    me = citizen(session)
    draft = applications.start(session, form="probe", by=me, now=clock.now())
    make.draft(session, me, {own: True})
    again = form_edits.begun(session, author)
    service.take_out(session, edit=again, question=own, by=author, now=clock.now())
    edited = editions.apply(form_edits.shipped(), editions.read(again.changes))
    run = moving.dry_run(session, form=edited, day=today())
    assert (run.lose_an_answer, run.lost[own]) == (1, 1)
    assert draft.edition == 1


def test_an_application_that_was_sent_reads_as_it_was(session, author, lead):
    sent = make.sent(session, citizen(session))
    form_edits.edition(session, author, lead)
    jobs.move_drafts(session, now=clock.now())
    session.expire(sent)
    assert (
        label(
            make.sheet(
                session, make.queries.application_for(session, sent.id, asker=sent.citizen)
            ).form
        )
        == "Telefon"
    )


# A newer shipped version


@pytest.fixture
def probe(monkeypatch):
    """Ship a small form of which a newer version can be brought."""

    def ship(version, words="Text"):
        made = yaml.safe_load(yaml.safe_dump(SMALL)) | {"version": version}
        made["sections"][0]["pages"][0]["questions"][0]["label"] = {"de": words, "en": "Text"}
        made["requirements"] = []
        form = shelf.read(yaml.safe_dump(made))
        monkeypatch.setattr(shelf, "shipped", lambda: {("probe", version): form})

    ship(1)
    return ship


def test_a_newer_version_takes_what_still_fits(session, author, lead, probe):
    edit = form_edits.begun(session, author, "small")
    at = "question/alone/label"
    form_edits.changed(session, edit, author, at=at, words={"de": "Allein?", "en": "Alone?"})
    form_edits.changed(session, edit, author, at="form/title", words={"de": "Probe", "en": "Probe"})
    form_edits.published(session, form_edits.submitted(session, edit, author), lead)
    probe(2, words="Wohnen Sie allein?")
    assert versions.current(session, "small", today()).edition == 0
    [(left, lost)] = queries.left_behind(session, day=today())
    assert (left.id, lost) == (edit.id, 2), "the German words and their translation"
    again = form_edits.begun(session, author, "small")
    assert (again.base_version, [one["at"] for one in again.changes]) == (
        2,
        ["form/title", "form/title"],
    )


def test_a_change_of_an_older_version_is_neither_edited_nor_published(session, author, lead, probe):
    edit = form_edits.begun(session, author, "small")
    form_edits.changed(session, edit, author, at="form/title", words={"de": "A", "en": "A"})
    form_edits.submitted(session, edit, author)
    probe(2)
    with pytest.raises(Conflict):
        form_edits.published(session, edit, lead)
    service.take_back(session, edit=edit, by=author, now=clock.now())
    with pytest.raises(Conflict):
        form_edits.changed(session, edit, author, at="form/title", words={"de": "B", "en": "B"})
    service.discard(session, edit=edit, by=author, now=clock.now())
    assert form_edits.begun(session, author, "small").id != edit.id
