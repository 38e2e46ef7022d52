"""The pages of the pre-check in their order: what each asks, and what it makes of the answers."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm

from portal.core.errors import NotFound
from portal.precheck import forms, words
from portal.precheck.answers import Answers

RESULT = "ergebnis"
OF_PERSONS = ("alter", "einkommen-", "besonderes")
"""Pages whose questions depend on who lives there and how old they are."""

EUROS = ("net", "gross", "benefits", "child_benefit", "maintenance")


@dataclass(frozen=True)
class Page:
    """One page: its id stands in the address, `take` puts a valid form into the answers."""

    id: str
    title: str
    lead: str
    form: Callable[[], Any]
    take: Callable[[Any], Answers]


def pages(answers: Answers, *, child_benefit: Decimal) -> list[Page]:
    """Return the pages that this household is asked; `child_benefit` is the amount of today."""
    found = [_household(answers)]
    if len(answers.people) > 1:
        found.append(_ages(answers))
    found.append(_housing(answers))
    found += [_income(answers, number, child_benefit) for number in range(len(answers.people) or 1)]
    return [*found, _assets(answers), _special(answers)]


def page_of(listed: list[Page], id: str, answers: Answers) -> Page:
    """Return the page of this id, or the first one before it that was not answered yet."""
    if id not in {page.id for page in listed}:
        raise NotFound
    for page in listed:
        if page.id == id or page.id not in answers.done:
            return page
    raise NotFound


def after(listed: list[Page], answers: Answers) -> str:
    """Return the id of the first page that was not answered yet, or of the result."""
    return next((page.id for page in listed if page.id not in answers.done), RESULT)


def before(listed: list[Page], page: Page) -> str | None:
    """Return the id of the page before, if there is one."""
    ids = [one.id for one in listed]
    return ids[ids.index(page.id) - 1] if page.id != ids[0] else None


def _page(
    answers: Answers,
    id: str,
    texts: tuple[str, str],
    form: Callable[[], FlaskForm],
    take: Callable[[Any], Answers],
) -> Page:
    def and_remember(filled: Any) -> Answers:
        taken = take(filled)
        kept = answers.done
        if taken.shape != answers.shape:  # who is older or new is asked other things
            kept = tuple(one for one in kept if not one.startswith(OF_PERSONS))
        return taken.model_copy(update={"done": tuple(dict.fromkeys((*kept, id)))})

    return Page(id, *texts, form, and_remember)


def _household(answers: Answers) -> Page:
    def take(form: Any) -> Answers:
        partner = form.partner.data == forms.YES
        if partner != answers.has_partner and len(answers.people) > 1:
            known: Answers = answers.model_copy(update={"people": answers.people[:1]})
        else:
            known = answers
        count = 1 + partner + form.children.data
        return known.with_people(count, has_partner=partner).with_person(0, age=form.age.data)

    texts = (
        gettext("Wer wohnt bei Ihnen?"),
        gettext(
            "Das Jobcenter rechnet für Sie, Ihre Partnerin oder Ihren Partner und die Kinder "
            "zusammen. Wer in einer Wohngemeinschaft lebt, rechnet für sich allein."
        ),
    )
    return _page(answers, "haushalt", texts, lambda: forms.household_form(answers), take)


def _ages(answers: Answers) -> Page:
    def take(form: Any) -> Answers:
        found = answers
        for number in range(1, len(answers.people)):
            found = found.with_person(number, age=form[f"age_{number}"].data)
        return found

    texts = (gettext("Wie alt sind die anderen?"), gettext("In Jahren, ganze Zahlen."))
    return _page(answers, "alter", texts, lambda: forms.ages_form(answers), take)


def _housing(answers: Answers) -> Page:
    def take(form: Any) -> Answers:
        told = {name: form[name].data for name in ("rent", "operating", "heating")}
        return answers.model_copy(
            update={**told, "is_past_grace": form.past_grace.data == forms.YES}
        )

    texts = (
        gettext("Was kostet Ihre Wohnung?"),
        gettext(
            "Wenn Sie es nicht genau wissen, schätzen Sie. Was es bei Ihnen nicht gibt, lassen Sie "
            "leer. Bei einem eigenen Haus zählen Zinsen und Nebenkosten."
        ),
    )
    return _page(answers, "wohnen", texts, lambda: forms.housing_form(answers), take)


def _income(answers: Answers, number: int, child_benefit: Decimal) -> Page:
    def take(form: Any) -> Answers:
        told = {name: form[name].data if name in form else None for name in EUROS}
        in_training = bool("in_training" in form and form.in_training.data)
        return answers.with_person(number, **told, in_training=in_training)

    if number == 0:
        title = gettext("Ihr Einkommen")
    else:
        title = gettext("Einkommen: %(person)s", person=words.person(answers, number))
    lead = gettext("Was jeden Monat da ist. Was es nicht gibt, lassen Sie leer.")
    return _page(
        answers,
        f"einkommen-{number + 1}",
        (title, lead),
        lambda: forms.income_form(answers, number, child_benefit),
        take,
    )


def _assets(answers: Answers) -> Page:
    def take(form: Any) -> Answers:
        return answers.model_copy(update={"assets": form.assets.data})

    texts = (
        gettext("Was haben Sie gespart?"),
        gettext(
            "Nicht mitzählen müssen Sie: Hausrat, für jede erwerbsfähige Person ein angemessenes "
            "Auto, die Wohnung oder das Haus, in dem Sie wohnen, und Verträge für das Alter."
        ),
    )
    return _page(answers, "vermoegen", texts, lambda: forms.assets_form(answers), take)


def _special(answers: Answers) -> Page:
    def take(form: Any) -> Answers:
        found: Answers = answers.model_copy(update={"heats_own_water": form.hot_water.data})
        for number in range(len(answers.people)):
            found = found.with_person(
                number,
                is_pregnant=str(number) in form.pregnant.data,
                in_participation=str(number) in form.participation.data,
            )
        return found

    texts = (
        gettext("Gibt es etwas Besonderes?"),
        gettext("Dann brauchen Sie mehr. Wenn nichts davon passt, gehen Sie einfach weiter."),
    )
    return _page(answers, "besonderes", texts, lambda: forms.special_form(answers), take)
