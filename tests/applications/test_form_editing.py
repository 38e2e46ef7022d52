"""The deeds with changes of forms: four eyes, nothing lost, nothing published by surprise."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Role
from portal.applications import editions, versions
from portal.applications.editing import rules, service
from portal.applications.models import EditState, FormEdit
from portal.audit import queries as audit
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from portal.notifications.models import Message
from tests.factories import form_edits
from tests.factories.accounts import staff_member


def today():
    return clock.local_date(clock.now())


def current(session):
    return versions.current(session, "probe", today())


def label(form):
    return form.find("phone").label.de


# Preparing


def test_beginning_twice_goes_on_with_the_same_change(session, author, lead, edit):
    assert form_edits.begun(session, lead).id == edit.id


def test_a_draft_changes_nothing_for_anybody(session, author, edit):
    form_edits.changed(session, edit, author)
    assert current(session) == form_edits.shipped()


NO_TEXTS = (
    "",
    "question/nothing/label",
    "question/phone/type",
    "question/phone/id",
    "form/form",
    "form/legal_basis",
    "page/anschrift/when",
    "requirement/x/when",
    "../../etc/passwd",
)


@pytest.mark.parametrize("place", NO_TEXTS)
def test_what_is_no_text_cannot_be_changed(session, author, edit, place):
    with pytest.raises(NotFound):
        service.change_words(
            session,
            edit=edit,
            at=place,
            words=form_edits.NEW_LABEL,
            seen="",
            by=author,
            now=clock.now(),
        )


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"de": "x" * 10_000, "en": "x"}, "de"),
        ({"de": "", "en": "Phone"}, "de"),
        ({"de": "Telefon", "en": None}, "en"),
        ({"de": 'Das "Telefon"', "en": "Phone"}, "de"),
        ({"de": "Telefon {secret}", "en": "Phone {secret}"}, "de"),
        ({"de": "Telefon {{ 7 * 7 }}", "en": "Phone"}, "de"),
        ({"de": "Telefon", "en": "Phone", "ar": "{0}"}, "ar"),
    ],
)
def test_words_that_no_page_could_show_are_refused(session, author, edit, words, field):
    with pytest.raises(InvalidInput) as refused:
        form_edits.changed(session, edit, author, words=words)
    assert refused.value.field == field
    assert edit.changes == []


def test_two_people_do_not_overwrite_each_other(session, author, lead, edit):
    place = editions.slot(form_edits.shipped(), form_edits.LABEL)
    form_edits.changed(session, edit, author)
    with pytest.raises(Conflict):
        service.change_words(
            session,
            edit=edit,
            at=form_edits.LABEL,
            words={"de": "Handy", "en": "Mobile"},
            seen=service.digest(place),
            by=lead,
            now=clock.now(),
        )


def test_two_people_change_two_texts_at_once(session, author, lead, edit):
    form_edits.changed(session, edit, author)
    form_edits.changed(
        session, edit, lead, at="question/phone/hint", words={"de": "Ab 8 Uhr", "en": "From 8"}
    )
    assert {one["at"] for one in edit.changes} == {form_edits.LABEL, "question/phone/hint"}


def test_a_question_can_be_made_optional_and_needed_again(session, author, edit):
    for optional in (True, False):
        service.set_optional(
            session, edit=edit, question="city", optional=optional, by=author, now=clock.now()
        )
        assert bool(edit.changes) is optional


@pytest.mark.parametrize("question", ["truth", "nothing"])
def test_what_must_be_declared_stays_so(session, author, edit, question):
    with pytest.raises((InvalidInput, NotFound)):
        service.set_optional(
            session, edit=edit, question=question, optional=True, by=author, now=clock.now()
        )


def test_an_own_question_comes_and_goes(session, author, edit):
    id = form_edits.asked(session, edit, author)
    assert editions.is_own(id)
    service.take_out(session, edit=edit, question=id, by=author, now=clock.now())
    assert edit.changes == []


def test_a_shipped_question_cannot_be_taken_out(session, author, edit):
    with pytest.raises(NotFound):
        service.take_out(session, edit=edit, question="phone", by=author, now=clock.now())


@pytest.mark.parametrize(
    "question",
    [
        {"type": "iban"},
        {"type": "group"},
        {"type": "choice", "options": [{"id": "o1", "label": {"de": "Ja", "en": "Yes"}}]},
        {"when": {"question": "x", "equals": True}, "prefill": "profile.x", "id": "phone"},
        {"label": {"de": "x" * 2000, "en": "x"}},
    ],
)
def test_questions_that_are_not_simple_are_refused(session, author, edit, question):
    if "id" in question:  # an id is drawn, whatever is sent
        assert form_edits.asked(session, edit, author, question={"id": "phone"}) != "phone"
        return
    with pytest.raises(InvalidInput):
        form_edits.asked(session, edit, author, question=question)


@pytest.mark.parametrize("place", [{"page": "nichts"}, {"page": "anschrift", "after": "truth"}])
def test_a_question_needs_a_place(session, author, edit, place):
    with pytest.raises(NotFound):
        form_edits.asked(session, edit, author, **place)


# Four eyes


def test_somebody_else_publishes(session, author, lead, edit):
    form_edits.submitted(session, form_edits.changed(session, edit, author), author)
    form_edits.published(session, edit, lead, note="Gut so.")
    assert (edit.state, edit.edition) == (EditState.PUBLISHED, 1)
    assert label(current(session)) == form_edits.NEW_LABEL["de"]
    assert label(form_edits.shipped()) == "Telefon"


def test_nobody_publishes_what_they_had_a_hand_in(session, author, lead, edit):
    other = staff_member(session, Role.TEAM_LEAD)
    form_edits.changed(session, edit, author)
    form_edits.changed(session, edit, lead, words={"de": "Handy", "en": "Mobile"})
    form_edits.submitted(session, edit, author)
    for somebody in (author, lead):
        with pytest.raises(NotAllowed):
            form_edits.published(session, edit, somebody)
        with pytest.raises(NotAllowed):
            service.reject(
                session,
                edit=edit,
                revision=edit.revision,
                note="Nein",
                by=somebody,
                now=clock.now(),
            )
    assert form_edits.published(session, edit, other).decided_by_id == other.id


@pytest.mark.parametrize("who", ["prepared", "edited"])
def test_the_database_refuses_two_eyes(session, author, lead, edit, who):
    form_edits.changed(session, edit, lead)
    form_edits.submitted(session, edit, author)
    culprit = author if who == "prepared" else lead
    session.flush()
    with pytest.raises(IntegrityError, match="four_eyes"):
        session.execute(
            update(FormEdit)
            .where(FormEdit.id == edit.id)
            .values(
                state=EditState.PUBLISHED,
                edition=1,
                decided_by_id=culprit.id,
                decided_at=clock.now(),
            )
        )


def test_only_what_waits_is_decided(session, author, lead, edit):
    form_edits.changed(session, edit, author)
    for _ in range(2):
        with pytest.raises(Conflict):
            form_edits.published(session, edit, lead)
        form_edits.submitted(session, edit, author)
        service.take_back(session, edit=edit, by=author, now=clock.now())


def test_what_has_changed_since_it_was_read_is_not_published(session, author, lead, edit):
    form_edits.submitted(session, form_edits.changed(session, edit, author), author)
    read = edit.revision
    service.take_back(session, edit=edit, by=author, now=clock.now())
    form_edits.changed(session, edit, author, words={"de": "Untergeschoben", "en": "Slipped in"})
    form_edits.submitted(session, edit, author)
    with pytest.raises(Conflict):
        service.publish(session, edit=edit, revision=read, note=None, by=lead, now=clock.now())
    assert current(session) == form_edits.shipped()


def test_what_waits_is_not_edited(session, author, edit):
    form_edits.submitted(session, form_edits.changed(session, edit, author), author)
    with pytest.raises(Conflict):
        form_edits.changed(session, edit, author, words={"de": "Spät", "en": "Late"})


def test_a_change_that_changes_nothing_is_not_handed_over(session, author, edit):
    with pytest.raises(Conflict):
        form_edits.submitted(session, edit, author)


def test_a_form_with_faults_is_not_handed_over(session, author, edit):
    form_edits.changed(
        session, edit, author, at="form/purpose", words={"de": "Ohne Namen", "en": "For {benefit}"}
    )
    with pytest.raises(Conflict):
        form_edits.submitted(session, edit, author)


def test_a_day_that_is_over_is_not_taken(session, author, edit):
    form_edits.changed(session, edit, author)
    with pytest.raises(InvalidInput):
        form_edits.submitted(session, edit, author, valid_from=today() - timedelta(days=1))


def test_refused_changes_can_be_taken_up_again(session, author, lead, edit):
    form_edits.submitted(session, form_edits.changed(session, edit, author), author)
    with pytest.raises(InvalidInput):
        service.reject(
            session, edit=edit, revision=edit.revision, note=" ", by=lead, now=clock.now()
        )
    service.reject(
        session, edit=edit, revision=edit.revision, note="Zu lang", by=lead, now=clock.now()
    )
    other = staff_member(session, Role.TEAM_LEAD)
    again = service.begin(session, form=form_edits.shipped(), by=other, now=clock.now(), like=edit)
    assert again.changes == edit.changes
    assert str(author.id) in again.editors, "who wrote it first does not approve it either"


def test_everything_is_on_the_trail(session, author, lead, edit):
    form_edits.submitted(session, form_edits.changed(session, edit, author), author)
    form_edits.published(session, edit, lead)
    deeds = [e.deed for e in audit.events_about(session, kind="form_edit", id=edit.id)]
    wanted = ["begun", "words_changed", "submitted", "published"]
    assert sorted(deeds) == sorted(f"applications.form_edit_{one}" for one in wanted)


def test_every_state_has_its_ways_on():
    assert set(rules.TRANSITIONS) == set(EditState)


def test_one_change_of_a_form_is_open_at_a_time(session, author, edit):
    with pytest.raises(IntegrityError, match="uq_form_edits_open"):
        session.execute(
            text(
                "INSERT INTO form_edits (id, form, base_version, changes, state, revision,"
                " prepared_by_id, prepared_at, editors) SELECT gen_random_uuid(), form,"
                " base_version, changes, state, revision, prepared_by_id, prepared_at, editors"
                " FROM form_edits"
            )
        )


def test_who_may_publish_hears_that_a_change_waits(session, author, lead, edit):
    """Given a second editor with the right, when a change is handed over, then only others hear."""
    hand_in_it = staff_member(session, Role.TEAM_LEAD)
    edit = form_edits.changed(session, edit, hand_in_it)
    form_edits.submitted(session, edit, author)
    found = select(Message).where(Message.template == "form_edit_waits")
    [mail] = session.scalars(found.order_by(Message.id)).all()
    assert mail.recipient_id == lead.id
    assert author.name in mail.text
    assert f"/amt/formulare/aenderungen/{edit.id}" in mail.text
