"""Annexes about maintenance, health, relatives and education: papers and edges of age."""

import pytest

from portal.applications import wording
from portal.applications.places import APPLICANT
from tests.applications.test_small_forms import (
    asked,
    fill,
    notices,
    papers,
    person,
    small,
    taking_in,
    told,
)
from tests.factories.applications import row

# Maintenance


@pytest.mark.parametrize("part", ["uh1", "uh2", "uh3", "uh4"])
def test_danger_is_asked_first_and_nobody_is_written_to(part):
    form = taking_in(part)
    first = next(page for page in form.pages if page.id.startswith(part))
    assert [q.id for q in first.questions] == [f"{part}_danger"]
    calm = fill(form, **{f"{part}_danger": False})
    afraid = fill(form, **{f"{part}_danger": True})
    assert f"{part}_danger" in notices(afraid)
    assert f"{part}_danger" not in notices(calm)
    assert [words for _, words in told(afraid, APPLICANT)] == ["Sie haben angegeben,"]
    assert told(calm, APPLICANT) == []


@pytest.mark.parametrize("part", ["uh1", "uh2", "uh4"])
def test_in_danger_neither_address_nor_work_is_asked(part):
    form = taking_in(part)
    others = {f"{part}_address", f"{part}_employer"}
    assert others <= set(asked(fill(form, **{f"{part}_danger": False}), part))
    assert not others & set(asked(fill(form, **{f"{part}_danger": True}), part))


@pytest.mark.parametrize("part", ["uh1", "uh2", "uh3", "uh4"])
def test_what_somebody_does_not_know_of_others_is_left_open(part):
    form = taking_in(part)
    others = ("name", "birth_date", "address", "employer", "title_amount", "title_date")
    for id in others:
        question = form.find(f"{part}_{id}")
        assert question is not None
        assert question.later
        assert question.private == "safety"
    for requirement in form.requirements:
        assert requirement.private == "safety"
    for notice in form.notices:
        assert notice.private == "safety"


@pytest.mark.parametrize("part", ["uh1", "uh2", "uh4"])
@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("none", 0),
        ("unknown", 0),
        ("court", 1),
        ("youth_office", 1),
        ("notary", 1),
        ("agreement", 1),
    ],
)
def test_only_what_is_fixed_has_a_paper(part, title, expected):
    sheet = fill(taking_in(part), **{f"{part}_title": title})
    assert papers(sheet) == [f"{part}_title_paper"] * expected


def test_each_parent_who_pays_by_a_title_has_a_paper_of_its_own(app):
    form = taking_in("uh3")
    sheet = fill(
        form,
        first_name="Mia",
        last_name="Beispiel",
        birth_date="2005-03-01",
        **{
            "uh3_parent@1": "mother",
            "uh3_title@1": "court",
            "uh3_parent@2": "father",
            "uh3_title@2": "none",
            "uh3_parent@3": "other",
            "uh3_title@3": "notary",
        },
    )
    with app.test_request_context():
        say = wording.german()
        titles = {say.need_title(sheet, need) for need in sheet.needs}
    assert titles == {
        "Unterlagen über den Unterhalt für Mia Beispiel: Mutter",
        "Unterlagen über den Unterhalt für Mia Beispiel: anderer Elternteil",
    }


# Health and special needs


def test_a_sealed_certificate_names_no_illness_and_is_not_asked_for_here():
    form = small("meb")
    sealed = fill(form, meb_way="sealed")
    assert papers(sealed) == []
    assert "meb_illness" not in asked(sealed, "meb_")
    assert notices(sealed) == {"meb_sealed"}
    named = fill(form, meb_way="open", meb_illness="celiac")
    assert papers(named) == ["meb_certificate"]
    assert notices(named) == set()


def test_everything_about_an_illness_is_health_data():
    form = small("meb")
    own = [q for q in form.every_question if q.id.startswith("meb_")]
    assert {q.private for q in own} == {"health"}
    assert {r.private for r in form.requirements} == {"health"}


@pytest.mark.parametrize("name", ["meb", "bb"])
def test_who_lives_alone_is_not_asked_whom_it_is_about(name):
    assert f"{name}_for" not in asked(fill(small(name)), name)


def test_of_a_family_only_who_needs_a_diet_is_asked_about_it():
    family = person(1, "1990-01-01", "partner") | person(2, "2015-01-01", "child")
    sheet = fill(small("meb"), **family, **{"2:meb_for": True, "2:meb_way": "open"})
    assert asked(sheet, "meb_", APPLICANT) == ["meb_for"]
    assert asked(sheet, "meb_", row(1)) == ["meb_for"]
    assert "meb_diet" in asked(sheet, "meb_", row(2))
    assert [(need.requirement.key, need.owner) for need in sheet.needs] == [
        ("meb_certificate", row(2))
    ]


def test_a_special_need_wants_receipts_of_each_person_who_has_one():
    sheet = fill(
        small("bb"), **person(1, "1990-01-01", "partner"), bb_for=True, **{"1:bb_for": True}
    )
    assert [need.owner for need in sheet.needs] == [APPLICANT, row(1)]


# Relatives, partners, accidents


def test_a_relative_who_gives_nothing_is_not_asked_what_they_earn():
    form = taking_in("hg")
    sheet = fill(
        form,
        **person(1, "1950-01-01", "relative", member_shares_money=False),
        **{"1:hg_contributes": False},
    )
    assert asked(sheet, "hg_", row(1)) == ["hg_kin", "hg_contributes"]
    assert papers(sheet) == []
    assert notices(sheet) == {"hg_contributes_not"}


def test_a_brother_is_not_asked_how_he_is_related():
    form = taking_in("hg")
    sheet = fill(
        form,
        **person(1, "1990-01-01", "sibling", member_shares_money=False),
        **{"1:hg_contributes": True},
    )
    assert asked(sheet, "hg_", row(1)) == ["hg_contributes", "hg_amount", "hg_for"]
    assert notices(sheet) == {"hg_contributes"}


@pytest.mark.parametrize(
    ("is_couple", "marks", "expected"),
    [
        (False, ["none"], {"ve_flat_share"}),
        (False, ["over_1_year"], set()),
        (True, ["none"], set()),
        (True, ["common_child"], {"ve_couple"}),
    ],
)
def test_partners_are_presumed_only_by_a_mark_of_the_law(is_couple, marks, expected):
    form = taking_in("ve")
    sheet = fill(
        form,
        **person(1, "1990-01-01", "flatmate", member_shares_money=True),
        **{"1:ve_couple": is_couple, "1:ve_marks": marks},
    )
    assert notices(sheet) == expected
    assert ("ve_against" in asked(sheet, "ve_", row(1))) is (marks != ["none"])
    assert papers(sheet) == []


def test_marks_of_one_flatmate_say_nothing_of_another():
    form = taking_in("ve")
    sheet = fill(
        form,
        **person(1, "1990-01-01", "flatmate", member_shares_money=True),
        **person(2, "1991-01-01", "flatmate", member_shares_money=True),
        **{"1:ve_couple": True, "1:ve_marks": ["none"]},
        **{"2:ve_couple": False, "2:ve_marks": ["care"]},
    )
    assert notices(sheet) == set()


def test_an_accident_at_work_is_another_bodys_and_danger_is_kept():
    form = taking_in("uf")
    sheet = fill(form, uf_at_work=True, uf_danger=True, uf_police_no="ST/123/2026")
    assert notices(sheet) == {"uf_claim", "uf_at_work", "uf_danger"}
    assert "uf_insurer" not in asked(sheet, "uf_")
    assert papers(sheet) == ["uf_letters"]
    assert papers(fill(form)) == []


# Education package


PUPIL = {"1:but_place": "school", "1:but_school": "Grundschule am Markt"}


def test_a_pupil_who_needs_everything_brings_a_paper_for_each_thing():
    sheet = fill(
        small("but"),
        **person(1, "2016-05-01", "child", member_school=True),
        **PUPIL,
        **{
            "1:but_items": ["day_trip", "class_trip", "lunch"],
            "1:but_transport": True,
            "1:but_tutoring": True,
            "1:but_takes_part": True,
            "1:but_advanced": True,
        },
    )
    assert papers(sheet) == [
        "but_activity_paper",
        "but_class_trip_paper",
        "but_lunch_paper",
        "but_receipts",
        "but_transport_paper",
        "but_tutoring_paper",
    ]
    assert notices(sheet) == {"but_tutoring"}


def test_school_supplies_come_by_themselves():
    sheet = fill(small("but"), **person(1, "2016-05-01", "child", member_school=True), **PUPIL)
    assert told(sheet, row(1)) == [("but-leistungen", "Geld für Schulsachen")]
    note = sheet.form.page_of["but_items"].notes[0]
    assert "130 Euro im August und 65 Euro im Februar" in note.text.de
    assert papers(sheet) == []
    assert not any("supplies" in question.id for question in sheet.form.every_question)


@pytest.mark.parametrize(
    ("born", "is_there", "takes_part"),
    [
        ("2008-11-28", True, True),
        ("2008-11-27", True, False),
        ("2001-11-28", True, False),
        ("2001-11-27", False, False),
    ],
)
def test_the_birthday_ends_participation_at_18_and_the_package_at_25(born, is_there, takes_part):
    child = person(1, born, "child", member_school=True)
    sheet = fill(small("but"), **child, **PUPIL)
    own = asked(sheet, "but_", row(1))
    assert bool(own) is is_there
    assert ("but_takes_part" in own) is takes_part
    assert ("but_items" in own) is is_there


@pytest.mark.parametrize(("born", "is_there"), [("2001-11-28", True), ("2001-11-27", False)])
def test_who_applies_is_asked_too_until_25(born, is_there):
    own = asked(fill(small("but"), birth_date=born), "but_")
    assert bool(own) is is_there
    assert "but_takes_part" not in own


@pytest.mark.parametrize(("born", "is_asked"), [("2011-11-27", True), ("2011-11-28", False)])
def test_pay_from_training_is_asked_from_15(born, is_asked):
    sheet = fill(small("but"), **person(1, born, "child", member_school=True), **PUPIL)
    assert ("but_training_pay" in asked(sheet, "but_", row(1))) is is_asked


def test_with_pay_from_training_only_participation_is_left():
    sheet = fill(
        small("but"),
        **person(1, "2009-05-01", "child", member_school=True),
        **PUPIL,
        **{"1:but_training_pay": True},
    )
    assert [id for id in asked(sheet, "but_", row(1)) if id in {"but_items", "but_tutoring"}] == []
    assert "but_takes_part" in asked(sheet, "but_", row(1))


def test_a_small_child_in_day_care_needs_no_way_to_school_and_no_tutoring():
    sheet = fill(
        small("but"),
        **person(1, "2022-05-01", "child"),
        **{"1:but_place": "daycare", "1:but_school": "Kita Sonne", "1:but_items": ["lunch"]},
    )
    own = asked(sheet, "but_", row(1))
    assert "but_transport" not in own
    assert "but_tutoring" not in own
    assert papers(sheet) == ["but_lunch_paper"]


def test_a_partner_under_25_is_no_child():
    sheet = fill(small("but"), **person(1, "2003-05-01", "partner"))
    assert asked(sheet, "but_", row(1)) == []


def test_every_child_is_asked_for_itself():
    sheet = fill(
        small("but"),
        **person(1, "2016-05-01", "child", member_school=True),
        **person(2, "2018-05-01", "partners_child", member_school=True),
        **{"1:but_takes_part": True, "1:but_activity": "Fußball"},
    )
    assert [(n.requirement.key, n.owner) for n in sheet.needs] == [("but_activity_paper", row(1))]
