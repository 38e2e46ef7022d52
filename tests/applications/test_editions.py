"""Changes of the office over a shipped form: they find their place, or are known not to."""

import copy
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from portal.applications import editions, lint, shelf
from portal.applications.definitions import Form
from portal.applications.editing import report
from portal.applications.editions import Added, Kind, MadeOptional, Misfit, NewWords
from portal.applications.questions import LANGUAGES
from tests.applications.test_lint import SMALL

FORM = shelf.read(yaml.safe_dump(SMALL))
EVERY_FORM = tuple(shelf.shipped().values())
LABEL = "question/alone/label"
OWN = editions.OWN_QUESTION.validate_python(
    {"id": "office_auto", "type": "yes_no", "label": {"de": "Auto?", "en": "Car?"}}
)


def newer(change) -> Form:
    made = copy.deepcopy(SMALL) | {"version": 2}
    change(made["sections"][0]["pages"])
    return shelf.read(yaml.safe_dump(made))


def other_words(pages):
    pages[0]["questions"][0]["label"] = {"de": "Ganz allein?", "en": "All alone?"}


def other_question(pages):
    pages[0]["questions"][0]["id"] = "solo"
    pages[1]["when"]["question"] = "solo"


def other_page(pages):
    pages[0]["id"] = "anfang"


def said(form, *changes):
    return editions.apply(form, changes)


def test_every_text_of_every_form_has_an_address_of_its_own():
    for form in EVERY_FORM:
        found = [place.at for place in editions.slots(form)]
        assert len(found) == len(set(found))
        assert set(editions.LONGEST) >= {place.name for place in editions.slots(form)}


def test_every_shipped_text_can_be_reached():
    for form in EVERY_FORM:
        reached = sum(bool(place.words) for place in editions.slots(form))
        there = sum(1 for _ in lint._walk(form, "form"))
        assert reached == there


def test_no_shipped_question_looks_like_one_of_the_office():
    for form in EVERY_FORM:
        assert [q.id for q in form.every_question if editions.is_own(q.id)] == []


def test_other_words_read_otherwise_and_nothing_else_changes():
    changes = editions.with_words(FORM, (), LABEL, {"de": "Allein?", "en": "Alone?"})
    edited = editions.apply(FORM, changes, edition=1)
    assert edited.find("alone").label.de == "Allein?"
    assert edited.edition == 1
    [different] = editions.differences(FORM, edited)
    assert (different.kind, different.before["de"]) == (Kind.WORDS, "Text")


def test_words_that_are_the_shipped_ones_again_are_no_change():
    changes = editions.with_words(FORM, (), LABEL, {"de": "Allein?", "en": "Text"})
    assert editions.with_words(FORM, changes, LABEL, {"de": "Text", "en": "Text"}) == ()


def test_a_translation_can_come_and_go():
    changes = editions.with_words(FORM, (), LABEL, {"uk": "Сам?"})
    assert said(FORM, *changes).find("alone").label.uk == "Сам?"
    assert editions.with_words(FORM, changes, LABEL, {"uk": None}) == ()


def test_a_hint_can_be_added_where_there_was_none():
    changes = editions.with_words(
        FORM, (), "question/alone/hint", {"de": "Ohne Haustiere", "en": "Without pets"}
    )
    assert said(FORM, *changes).find("alone").hint.en == "Without pets"


def test_half_a_new_text_is_no_form():
    with pytest.raises(ValidationError):
        said(FORM, *editions.with_words(FORM, (), "question/alone/hint", {"de": "Nur Deutsch"}))


@pytest.mark.parametrize(
    ("version", "changes", "misfit"),
    [
        (other_words, editions.with_words(FORM, (), LABEL, {"de": "Allein?"}), Misfit.CHANGED),
        (other_words, editions.with_words(FORM, (), LABEL, {"uk": "Сам?"}), Misfit.CHANGED),
        (other_question, editions.with_words(FORM, (), LABEL, {"de": "Allein?"}), Misfit.GONE),
        (other_question, (MadeOptional(question="alone"),), Misfit.GONE),
        (other_page, (Added(page="eins", question=OWN),), Misfit.GONE),
        (other_question, (Added(page="eins", after="alone", question=OWN),), Misfit.GONE),
    ],
)
def test_a_newer_version_says_what_no_longer_fits(version, changes, misfit):
    [found] = editions.conflicts(newer(version), changes)
    assert found.misfit is misfit
    assert editions.fitting(newer(version), changes) == ()
    with pytest.raises(editions.Misplaced):
        editions.apply(newer(version), changes)


def test_what_still_fits_comes_along():
    changes = (
        *editions.with_words(FORM, (), LABEL, {"de": "Allein?"}),
        Added(page="eins", question=OWN),
    )
    assert editions.fitting(newer(other_words), changes) == (changes[1],)


def test_a_question_of_the_office_stands_where_it_was_put():
    edited = said(FORM, Added(page="eins", question=OWN))
    assert [q.id for q in edited.pages[0].questions] == ["alone", "office_auto"]
    assert [one.kind for one in editions.differences(FORM, edited)] == [Kind.ADDED]
    assert [one.kind for one in editions.differences(edited, FORM)] == [Kind.TAKEN_OUT]


def test_what_stood_behind_a_question_that_goes_moves_up():
    other = OWN.model_copy(update={"id": "office_rad"})
    changes = (
        Added(page="eins", after="alone", question=OWN),
        Added(page="eins", after="office_auto", question=other),
        MadeOptional(question="office_auto"),
    )
    words = editions.with_words(FORM, changes, "question/office_auto/label", {"de": "PKW?"})
    left = editions.without_question(words, "office_auto")
    assert left == (Added(page="eins", after="alone", question=other),)


@pytest.mark.parametrize("page", ["drei", "nirgends"])
def test_a_question_finds_no_place_in_a_list_or_nowhere(page):
    [found] = editions.conflicts(FORM, (Added(page=page, question=OWN),))
    assert found.misfit is Misfit.GONE


def test_the_same_question_is_not_added_twice():
    changes = (Added(page="eins", question=OWN), Added(page="zwei", question=OWN))
    [found] = editions.conflicts(FORM, changes)
    assert found.misfit is Misfit.TAKEN


@pytest.mark.parametrize(
    "forged",
    [
        {"kind": "words", "at": LABEL, "language": "xx", "words": "x"},
        {"kind": "words", "at": "x" * 300, "language": "de", "words": "x"},
        {"kind": "words", "at": LABEL, "language": "de", "words": ""},
        {"kind": "added", "page": "../eins", "question": OWN.model_dump()},
        {"kind": "added", "page": "eins", "question": {**OWN.model_dump(), "type": "iban"}},
        {"kind": "condition", "question": "alone"},
    ],
)
def test_changes_of_another_shape_are_none(forged):
    with pytest.raises(ValidationError):
        editions.read([forged])


def test_a_declaration_stays_one_that_must_be_given():
    form = shelf.shipped()["probe", 1]
    [found] = editions.conflicts(form, (MadeOptional(question="truth"),))
    assert found.misfit is Misfit.GONE


def test_an_edition_holds_from_its_day():
    assert editions.apply(FORM, (), valid_from=date(2027, 1, 1)).valid_from == date(2027, 1, 1)
    assert editions.apply(FORM, (), valid_from=date(2020, 1, 1)).valid_from == FORM.valid_from


# Whatever is changed


WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters='"{}', exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=120,
).filter(lambda text: text.strip())


@st.composite
def some_changes(draw):
    form = draw(st.sampled_from(EVERY_FORM))
    changes = ()
    pages = [page.id for page in form.pages if page.group is None]
    if draw(st.booleans()):
        changes = (Added(page=draw(st.sampled_from(pages)), question=OWN),)
    for question in draw(st.lists(st.sampled_from(form.every_question), max_size=3)):
        if question.type not in {"declaration", "document"}:
            changes = editions.with_optional(changes, question.id, optional=True)
    places = editions.slots(editions.apply(form, changes))
    for place in draw(st.lists(st.sampled_from(places), max_size=6, unique_by=lambda p: p.at)):
        words = {"de": draw(WORDS), "en": draw(WORDS)}
        words |= draw(st.dictionaries(st.sampled_from(LANGUAGES), WORDS, max_size=3))
        changes = editions.with_words(form, changes, place.at, words)
    return form, changes


@settings(max_examples=80, deadline=None)
@given(some_changes())
def test_changes_fit_the_form_they_were_made_for(made):
    form, changes = made
    edited = editions.apply(form, changes, edition=1)
    assert editions.conflicts(form, changes) == ()
    assert editions.fitting(form, changes) == changes
    assert editions.read(editions.written(changes)) == changes
    assert [question.id for question in edited.every_question if question.id != "office_auto"] == [
        question.id for question in form.every_question
    ]
    for change in changes:
        if isinstance(change, NewWords):
            assert editions.slot(edited, change.at).words[change.language] == change.words


@settings(max_examples=40, deadline=None)
@given(some_changes())
def test_what_is_different_is_what_was_changed(made):
    form, changes = made
    edited = editions.apply(form, changes)
    found = editions.differences(form, edited)
    assert {one.place.at for one in found if one.kind is Kind.WORDS} == {
        c.at for c in changes if isinstance(c, NewWords) and "/office_auto/" not in c.at
    }


# What speaks against publishing it


def test_placeholders_that_nothing_fills_in_block():
    changes = editions.with_words(FORM, (), LABEL, {"de": "Hallo {name}", "en": "Hello {name}"})
    found = report.report(FORM, said(FORM, *changes))
    assert found.blocks
    assert {(language, name) for _, language, name in found.unfilled} == {
        ("de", "name"),
        ("en", "name"),
    }


def test_a_translation_that_lost_a_placeholder_blocks():
    form = shelf.shipped()["probe", 1]
    changes = editions.with_words(form, (), "form/purpose", {"uk": "Без назви"})
    assert [one[1:] for one in report.report(form, said(form, *changes)).unfilled] == [
        ("uk", "benefit")
    ]


def test_long_sentences_are_named_and_do_not_block():
    long = " ".join(["Wort"] * 21) + ". Kurz."
    changes = editions.with_words(FORM, (), LABEL, {"de": long, "en": "Text"})
    found = report.report(FORM, said(FORM, *changes))
    assert [sentence for _, sentence in found.long_sentences] == [" ".join(["Wort"] * 21) + "."]
    assert not found.blocks


def test_german_that_is_new_while_english_is_old_is_named():
    changes = editions.with_words(FORM, (), LABEL, {"de": "Neu", "en": "Text"})
    [place] = report.report(FORM, said(FORM, *changes)).lopsided
    assert place.at == LABEL


def test_the_missing_translations_are_counted():
    form = shelf.shipped()["probe", 1]
    before = report.missing(form)["uk"]
    changes = editions.with_words(form, (), "question/phone/label", {"uk": "Телефон"})
    assert report.missing(said(form, *changes))["uk"] == before - 1
