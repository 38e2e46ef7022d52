"""What is offered: every form under one heading, and first what somebody needs now."""

from datetime import date

from portal.applications import shelf, topics
from portal.casefiles.models import Case

TODAY = date(2026, 11, 27)
FORMS = tuple({form.form: form for form in shelf.shipped().values()}.values())


def names(forms):
    return [form.form for form in forms]


def test_every_form_stands_under_exactly_one_heading():
    listed = [name for offer in topics.by_topic(FORMS) for name in names(offer.forms)]
    assert sorted(listed) == sorted(names(FORMS))
    assert set(topics.HEADINGS) == set(topics.FORMS) == set(topics.Topic)


def test_the_renewal_is_offered_first_from_sixty_days_before_the_end():
    award = Case(award_until=date(2027, 1, 26))
    assert "wba" in names(topics.first_of_all(FORMS, award, TODAY))
    later = Case(award_until=date(2027, 1, 27))
    assert "wba" not in names(topics.first_of_all(FORMS, later, TODAY))


def test_without_an_award_nobody_is_sent_to_a_change_report():
    for case in (None, Case(), Case(award_until=date(2026, 11, 26))):
        assert "vaem" not in names(topics.first_of_all(FORMS, case, TODAY))
        assert "wba" in names(topics.first_of_all(FORMS, case, TODAY))
