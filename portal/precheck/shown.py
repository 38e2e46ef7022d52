"""The estimate in words and rows: what the page of the result shows, step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import format_currency, format_decimal, gettext, ngettext

from portal.precheck import words
from portal.precheck.amounts import Amounts
from portal.precheck.answers import Answers
from portal.precheck.calculation import Estimate
from portal.precheck.household import Place
from portal.precheck.housing_limits import HousingLimits
from portal.precheck.income import AllowanceLine, PersonIncome
from portal.precheck.needs import PersonNeed

# This address is promised (letters and posters carry it), so it may stand here; the room of
# applications, which answers there, is a neighbour that the pre-check does not know.
INSTANT_APPLICATION = "/sofortantrag"

Row = dict[str, str]
Line = dict[str, str | bool]


@dataclass(frozen=True)
class Sum:
    """Amounts that belong together; without a title they are the whole step's."""

    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Step:
    """One step of the calculation: its outcome stands in the title, its amounts below."""

    title: str
    outcome: str
    text: str
    sums: list[Sum]


@dataclass(frozen=True)
class Result:
    """What the page says."""

    headline: str
    """The estimate in one sentence."""
    text: str
    """What that means, and what to do."""
    steps: list[Step]
    before: list[Row]
    """Benefits that may come first: title and text."""
    notes: list[str]
    """What would make the result more exact."""
    instant: str = INSTANT_APPLICATION


def euros(amount: Decimal) -> str:
    """Write an amount with cents: 1.033,00 €."""
    return str(format_currency(amount, "EUR")).replace("-", "−")


def about(amount: Decimal) -> str:
    """Write an amount in whole euros, at least one: 1.033."""
    return str(format_decimal(max(Decimal(1), amount.quantize(Decimal(1), ROUND_HALF_UP))))


def result(answers: Answers, found: Estimate, held: Amounts, limits: HousingLimits) -> Result:
    """Put the estimate into words."""
    headline, text = _said(found)
    return Result(
        headline=headline,
        text=text,
        steps=[
            _needs(answers, found),
            _housing(found, limits),
            _income(answers, found),
            _assets(answers, found),
            _left(found),
        ],
        before=list(_before(found, held.ages.pension)),
        notes=list(_notes(answers, found, held, limits)),
    )


def _said(found: Estimate) -> tuple[str, str]:
    least, most = found.least.claim, found.most.claim
    if found.assets.excess:
        return (
            gettext("Das Jobcenter muss zuerst Ihr Erspartes prüfen."),
            gettext(
                "Es liegt nach Ihren Angaben um %(excess)s über der Grenze. Es gibt aber viele "
                "Ausnahmen, zum Beispiel Geld für das Alter. Stellen Sie im Zweifel einen Antrag: "
                "Er kostet nichts.",
                excess=euros(found.assets.excess),
            ),
        )
    if not most:
        return (
            gettext("Nach dieser Schätzung reicht Ihr Einkommen ungefähr aus."),
            gettext(
                "Das Jobcenter rechnet genauer und kann zu einem anderen Ergebnis kommen. Stellen "
                "Sie im Zweifel einen Antrag: Er kostet nichts."
            ),
        )
    help = gettext(
        "Ein Antrag zählt für den ganzen Monat, in dem er ankommt. Stellen Sie ihn deshalb bald. "
        "Unterlagen können Sie nachreichen."
    )
    if about(least) == about(most):
        said = gettext("Sie können etwa %(amount)s Euro im Monat bekommen.", amount=about(most))
    elif not least:
        said = gettext("Sie können bis zu %(amount)s Euro im Monat bekommen.", amount=about(most))
    else:
        said = gettext(
            "Sie können etwa %(least)s bis %(most)s Euro im Monat bekommen.",
            least=about(least),
            most=about(most),
        )
    return said, help


def _line(what: str, amount: Decimal, law: str = "", *, is_total: bool = False) -> Line:
    return {"what": what, "amount": euros(amount), "law": _unbroken(law), "is_total": is_total}


def _unbroken(law: str) -> str:
    return law.replace("§ ", "§\u00a0").replace("Abs. ", "Abs.\u00a0").replace("SGB ", "SGB\u00a0")


def _needs(answers: Answers, found: Estimate) -> Step:
    sums = [
        Sum(words.person(answers, number), _lines_of_need(need))
        for number, need in enumerate(found.needs)
    ]
    total = sum((need.total for need in found.needs), Decimal(0))
    text = gettext("Diese Beträge stehen im Gesetz, für Essen, Kleidung, Strom und mehr.")
    return Step(gettext("Was Sie zum Leben brauchen"), euros(total), text, sums)


def _lines_of_need(need: PersonNeed) -> list[Line]:
    lines = [
        _line(
            _with_percent(str(words.NEEDS[one.need]), one.percent), one.amount, words.LAW[one.need]
        )
        for one in need.lines
    ]
    if len(lines) == 1:
        return lines
    return [*lines, _line(gettext("Zusammen"), need.total, is_total=True)]


def _with_percent(what: object, percent: Decimal | None) -> str:
    return str(what) if percent is None else f"{what} ({format_decimal(percent)} %)"


def _housing(found: Estimate, limits: HousingLimits) -> Step:
    housing, law = found.housing, "§ 22 SGB II"
    persons = len(found.household.people)
    limit = ngettext(
        "Örtliche Grenze für %(num)d Person", "Örtliche Grenze für %(num)d Personen", persons
    )
    lines = [
        _line(gettext("Miete mit Nebenkosten"), housing.rent),
        _line(gettext("Heizung"), housing.heating),
        _line(limit, housing.limit, limits.source),
    ]
    if housing.ceiling is not None and housing.ceiling != housing.limit:
        lines.append(_line(gettext("Im ersten Jahr zählt Miete bis"), housing.ceiling, law))
    title = gettext("Was Ihre Wohnung kostet")
    if housing.least == housing.most:
        lines.append(_line(gettext("Zählt"), housing.most, law, is_total=True))
        text = gettext("Ihre Kosten für Wohnung und Heizung zählen ganz.")
        return Step(title, euros(housing.most), text, [Sum("", lines)])
    lines.append(_line(gettext("Zählt sicher"), housing.least, law, is_total=True))
    lines.append(_line(gettext("Zählt höchstens"), housing.most, law, is_total=True))
    text = gettext(
        "Ihre Miete liegt über der Grenze. Oft zählt sie trotzdem, zum Beispiel für eine "
        "Übergangszeit oder wenn Sie Kinder haben. Das prüft das Jobcenter."
    )
    return Step(title, _range(housing.least, housing.most), text, [Sum("", lines)])


def _range(least: Decimal, most: Decimal) -> str:
    return str(gettext("%(least)s bis %(most)s", least=euros(least), most=euros(most)))


def _income(answers: Answers, found: Estimate) -> Step:
    sums = [
        Sum(words.person(answers, number), list(_income_of(one, found.least.incomes[number])))
        for number, one in enumerate(found.incomes)
        if not one.is_nothing
    ]
    text = gettext(
        "Von einem Lohn bleibt immer ein Teil für Sie: Er wird vom Netto abgezogen, bevor "
        "gerechnet wird."
    )
    if not sums:
        text = gettext("Sie haben kein Einkommen angegeben.")
    return Step(gettext("Was davon schon da ist"), euros(found.least.income), text, sums)


def _income_of(one: PersonIncome, counted: Decimal) -> Iterator[Line]:
    law = "§ 11b SGB II"
    if one.net:
        yield _line(gettext("Lohn netto"), one.net, "§ 11 SGB II")
        for line in one.allowance:
            yield _line(_freed(line, one.gross), -line.amount, law)
    if one.other:
        yield _line(gettext("Anderes Geld, Unterhalt"), one.other, "§ 11 SGB II")
    if one.child_benefit:
        yield _line(gettext("Kindergeld"), one.child_benefit, "§ 11 Abs. 1 SGB II")
    if one.insurance:
        yield _line(gettext("Frei für Versicherungen"), -one.insurance, law)
    above = counted - one.counted(None)
    if above:
        yield _line(gettext("Zählt nur für das Kind selbst"), above, "§ 9 Abs. 2 SGB II")
    yield _line(gettext("Zählt"), counted, is_total=True)


def _freed(line: AllowanceLine, gross: Decimal) -> str:
    if line.percent is None:
        said = gettext("Frei: Grundbetrag (Lohn brutto %(gross)s)", gross=euros(gross))
    else:
        said = gettext(
            "Frei: %(percent)s %% des Lohns von %(above)s bis %(to)s",
            percent=format_decimal(line.percent),
            above=euros(line.above),
            to=euros(line.to),
        )
    return str(said)


def _assets(answers: Answers, found: Estimate) -> Step:
    assets = found.assets
    lines = [
        _line(words.person(answers, number), allowed)
        for number, allowed in enumerate(assets.allowances)
    ]
    lines.append(_line(gettext("Zusammen frei"), assets.allowed, "§ 12 SGB II", is_total=True))
    lines.append(_line(gettext("Ihr Erspartes"), assets.owned))
    if assets.excess:
        text = gettext("Ihr Erspartes liegt darüber. Ausnahmen prüft das Jobcenter.")
    else:
        text = gettext("Ihr Erspartes liegt nicht darüber. Sie dürfen es behalten.")
    return Step(gettext("Was Sie behalten dürfen"), euros(assets.allowed), text, [Sum("", lines)])


def _left(found: Estimate) -> Step:
    least, most = found.least, found.most
    lines = [
        _line(gettext("Zum Leben"), least.need - found.housing.least),
        _line(gettext("Wohnung und Heizung"), found.housing.least),
        _line(gettext("Einkommen, das zählt"), -least.income, "§ 9 SGB II"),
        _line(gettext("Bleibt"), least.claim, "§ 19 SGB II", is_total=True),
    ]
    text = gettext("Was Sie brauchen, weniger das, was schon da ist.")
    outcome = euros(least.claim)
    if least.claim != most.claim:
        what = gettext("Bleibt, wenn die ganze Miete zählt")
        lines.append(_line(what, most.claim, is_total=True))
        outcome = _range(least.claim, most.claim)
    return Step(gettext("Was übrig bleibt"), outcome, text, [Sum("", lines)])


def _before(found: Estimate, pension_age: int) -> Iterator[Row]:
    """Name what may come first (§ 12a SGB II); it is not calculated here."""
    people, has_income = found.household.people, found.least.income > 0
    if has_income:
        yield {
            "title": gettext("Wohngeld"),
            "text": gettext(
                "Ein Zuschuss zur Miete für Menschen mit eigenem Einkommen. Den Antrag stellen Sie "
                "bei der Wohngeldstelle Ihrer Stadt oder Gemeinde."
            ),
        }
    if has_income and found.household.minor_children(found.on):
        yield {
            "title": gettext("Kinderzuschlag"),
            "text": gettext(
                "Geld für Eltern, deren Einkommen für sie selbst reicht, aber nicht für die "
                "Kinder. Den Antrag stellen Sie bei der Familienkasse."
            ),
        }
    if any(p.age(found.on) >= pension_age for p in people if p.place is not Place.CHILD):
        yield {
            "title": gettext("Grundsicherung im Alter"),
            "text": gettext(
                "Wer das Alter für die Rente erreicht hat, bekommt sie beim Sozialamt. Wir leiten "
                "Ihren Antrag weiter, wenn wir nicht zuständig sind."
            ),
        }


def _notes(
    answers: Answers, found: Estimate, held: Amounts, limits: HousingLimits
) -> Iterator[str]:
    if held.are_outdated:
        yield gettext(
            "Gerechnet ist mit den Beträgen von %(year)s. Neue Beträge können höher sein.",
            year=held.standard.known_until.year,
        )
    if limits.is_example:
        yield gettext(
            "Die Grenze für die Miete ist hier ein Beispiel. Das Jobcenter hat eine eigene."
        )
    if any(one.net and not one.gross for one in answers.people):
        yield gettext(
            "Sie haben den Lohn brutto nicht angegeben. Damit wird das Ergebnis meist höher."
        )
    first = answers.people[0]
    if first.in_training:
        yield gettext(
            "Im Studium und in manchen Ausbildungen kommt zuerst BAföG oder Ausbildungsbeihilfe. "
            "Das prüft das Jobcenter."
        )
    if (first.age or 0) < held.ages.own_household:
        yield gettext(
            "Wer unter 25 ist und bei den Eltern wohnt, wird meist mit ihnen zusammen gerechnet."
        )
    yield gettext(
        "Mehr Geld kann es geben für: teures Essen bei Krankheit, den Weg zur Arbeit, "
        "Kfz-Versicherung, Riester-Rente, gezahlten Unterhalt, Schulbücher, Klassenfahrten und "
        "Nachhilfe."
    )


def said(answers: Answers, page_id: str) -> str:
    """Return in a few words what was answered on a page."""
    if page_id == "haushalt":
        people = len(answers.people)
        return str(ngettext("%(num)d Person", "%(num)d Personen", people))
    if page_id == "alter":
        return ", ".join(str(one.age) for one in answers.people[1:])
    if page_id.startswith("einkommen-"):
        one = answers.people[int(page_id.removeprefix("einkommen-")) - 1]
        return _money(one.net, one.benefits, one.child_benefit, one.maintenance)
    if page_id == "wohnen":
        return _money(answers.rent, answers.operating, answers.heating)
    if page_id == "vermoegen":
        return _money(answers.assets)
    special = any(one.is_pregnant or one.in_participation for one in answers.people)
    return str(gettext("Ja") if special or answers.heats_own_water else gettext("Nein"))


def _money(*amounts: Decimal | None) -> str:
    return euros(sum((amount or Decimal(0) for amount in amounts), Decimal(0)))
