"""The questions of the pre-check: one form a page, made for the people who were named."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import ValidationError

from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    IntegerField,
    MoneyField,
)
from portal.core.validators import required
from portal.precheck import words
from portal.precheck.answers import Answers
from portal.precheck.household import OF_AGE, Place

YES, NO = "ja", "nein"
YES_NO = [(YES, lazy_gettext("Ja")), (NO, lazy_gettext("Nein"))]

MOST_CHILDREN = 10
YOUNGEST, OLDEST, GROWN_UP = 15, 120, 24
MOST_A_MONTH, MOST_ASSETS = Decimal(100_000), Decimal(100_000_000)


def _between(lowest: int, highest: int, message: Any) -> Any:
    def check(_form: Any, field: Any) -> None:
        if field.data is not None and not lowest <= field.data <= highest:
            raise ValidationError(str(message))

    return check


def _at_most(most: Decimal) -> Any:
    def check(_form: Any, field: Any) -> None:
        if field.data is not None and field.data > most:
            raise ValidationError(
                gettext("Dieser Betrag ist sehr hoch. Bitte prüfen Sie, ob ein Komma fehlt.")
            )

    return check


def _euros(label: Any, hint: Any = None, *validators: Any, most: Decimal = MOST_A_MONTH) -> Any:
    return MoneyField(label, [*validators, _at_most(most)], description=hint or "")


class HouseholdForm(FlaskForm):
    """Who is calculated together."""

    age = IntegerField(
        lazy_gettext("Wie alt sind Sie?"),
        [
            required(lazy_gettext("Geben Sie Ihr Alter in Jahren ein, zum Beispiel 34.")),
            _between(
                YOUNGEST,
                OLDEST,
                lazy_gettext("Diese Schätzung geht ab 15 Jahren. Prüfen Sie die Zahl."),
            ),
        ],
        description=lazy_gettext(
            "Haben Sie noch in diesem Monat Geburtstag? Dann geben Sie das neue Alter ein."
        ),
    )
    partner = ChoiceField(
        lazy_gettext("Wohnen Sie mit Ihrer Partnerin oder Ihrem Partner zusammen?"),
        [required(lazy_gettext("Wählen Sie Ja oder Nein."))],
        choices=YES_NO,
    )
    children = IntegerField(
        lazy_gettext("Wie viele Kinder unter 25 Jahren wohnen bei Ihnen?"),
        [
            required(lazy_gettext("Geben Sie eine Zahl ein. Ohne Kinder: 0.")),
            _between(
                0,
                MOST_CHILDREN,
                lazy_gettext(
                    "Hier können Sie bis zu 10 Kinder angeben. Für mehr rechnen wir im Jobcenter: "
                    "Stellen Sie gleich einen Antrag, oder rufen Sie uns an."
                ),
            ),
        ],
        description=lazy_gettext("Ihre Kinder und die Kinder Ihrer Partnerin oder Ihres Partners"),
    )


def household_form(answers: Answers) -> FlaskForm:
    """Ask who is calculated together."""
    first = answers.people[0].age if answers.people else None
    partner = (YES if answers.has_partner else NO) if answers.people else None
    children = answers.child_count if answers.people else None
    return HouseholdForm(age=first, partner=partner, children=children)


def ages_form(answers: Answers) -> FlaskForm:
    """Ask how old the others are: one number for each."""

    class AgesForm(FlaskForm):
        pass

    for number in range(1, len(answers.people)):
        is_child = answers.place_of(number) is Place.CHILD
        lowest, highest = (0, GROWN_UP) if is_child else (YOUNGEST, OLDEST)
        message = gettext(
            "Geben Sie ein Alter von %(lowest)s bis %(highest)s Jahren ein.",
            lowest=lowest,
            highest=highest,
        )
        baby = gettext("Ein Kind unter einem Jahr: 0") if number == 1 + answers.has_partner else ""
        unnamed = answers.with_person(number, age=None)
        field = IntegerField(
            words.person(unnamed, number),
            [required(message), _between(lowest, highest, message)],
            description=baby if is_child else "",
        )
        setattr(AgesForm, f"age_{number}", field)
    return AgesForm(**{f"age_{n}": one.age for n, one in enumerate(answers.people)})


class HousingForm(FlaskForm):
    """What the flat costs each month."""

    rent = _euros(
        lazy_gettext("Kaltmiete im Monat"),
        lazy_gettext("Nur der Anteil von Ihnen und den Personen, die Sie genannt haben."),
        required(lazy_gettext("Geben Sie einen Betrag ein. Ohne Miete: 0.")),
    )
    operating = _euros(
        lazy_gettext("Nebenkosten im Monat, ohne Heizung"),
        lazy_gettext("Zum Beispiel Wasser, Müll, Hausmeister. Strom gehört nicht dazu."),
    )
    heating = _euros(lazy_gettext("Heizkosten im Monat"))
    past_grace = ChoiceField(
        lazy_gettext("Bekommen Sie schon länger als ein Jahr Geld vom Jobcenter?"),
        [required(lazy_gettext("Wählen Sie Ja oder Nein."))],
        choices=YES_NO,
        description=lazy_gettext("Im ersten Jahr zählt auch eine höhere Miete."),
    )


def housing_form(answers: Answers) -> FlaskForm:
    """Ask what the flat costs."""
    return HousingForm(
        rent=answers.rent,
        operating=answers.operating,
        heating=answers.heating,
        past_grace=YES if answers.is_past_grace else NO,
    )


class IncomeForm(FlaskForm):
    """What comes in each month; a field that is left empty is nothing."""

    net = _euros(
        lazy_gettext("Lohn netto im Monat"),
        lazy_gettext("Was auf dem Konto ankommt, auch aus einem Minijob"),
    )
    gross = _euros(
        lazy_gettext("Lohn brutto im Monat"),
        lazy_gettext("Steht auf der Lohnabrechnung. Davon hängt ab, was Sie behalten dürfen."),
    )
    in_training = CheckboxField(
        lazy_gettext("In Schule, Ausbildung, Studium oder Freiwilligendienst")
    )
    child_benefit = _euros(lazy_gettext("Kindergeld im Monat"))
    maintenance = _euros(lazy_gettext("Unterhalt oder Unterhaltsvorschuss im Monat"))
    benefits = _euros(
        lazy_gettext("Anderes Geld im Monat"),
        lazy_gettext("Zum Beispiel Arbeitslosengeld, Rente, Krankengeld, Elterngeld, Unterhalt"),
    )

    def validate_net(self, field: Any) -> None:
        """Ask for the net wage where only the gross one was typed."""
        if field.data is None and getattr(self, "gross", None) and self.gross.data:
            raise ValidationError(gettext("Geben Sie auch den Lohn netto ein."))

    def validate_gross(self, field: Any) -> None:
        """Refuse a gross wage below the net one."""
        if field.data is not None and (self.net.data or 0) > field.data:
            raise ValidationError(
                gettext("Brutto ist nie weniger als netto. Sind die Beträge vertauscht?")
            )


def income_form(answers: Answers, number: int, child_benefit: Decimal) -> FlaskForm:
    """Ask for the income of the person at `number`; the benefit of a minor child is filled in."""
    one, is_child = answers.people[number], answers.place_of(number) is Place.CHILD
    age, given = one.age or 0, one.model_dump()
    if is_child and age < OF_AGE and one.child_benefit is None:
        given["child_benefit"] = child_benefit
    form = IncomeForm(**given)
    if age < YOUNGEST:
        del form.net
        del form.gross
    if not YOUNGEST <= age <= GROWN_UP:
        del form.in_training
    if is_child:
        form.benefits.description = lazy_gettext("Zum Beispiel BAföG, Waisenrente, Zinsen")
    else:
        del form.child_benefit
        del form.maintenance
    return form


class AssetsForm(FlaskForm):
    """What all together own."""

    assets = _euros(
        lazy_gettext("Geld und Erspartes von allen zusammen"),
        lazy_gettext("Zum Beispiel Konten, Bargeld, Sparbuch, Wertpapiere. Ohne Erspartes: 0."),
        required(lazy_gettext("Geben Sie einen Betrag ein. Ohne Erspartes: 0.")),
        most=MOST_ASSETS,
    )


def assets_form(answers: Answers) -> FlaskForm:
    """Ask what all together own."""
    return AssetsForm(assets=answers.assets)


class SpecialForm(FlaskForm):
    """What makes some households need more; who is meant is chosen from those of 15 and more."""

    pregnant = ChoicesField(
        lazy_gettext("Wer ist schwanger, mindestens in der 13. Woche?"), choices=[]
    )
    participation = ChoicesField(
        lazy_gettext("Wer bekommt bei einer Behinderung Leistungen zur Teilhabe am Arbeitsleben?"),
        choices=[],
        description=lazy_gettext("Ein Ausweis allein genügt dafür nicht."),
    )
    hot_water = CheckboxField(
        lazy_gettext("Unser Wasser machen wir selbst warm, mit Boiler oder Durchlauferhitzer")
    )


def special_form(answers: Answers) -> FlaskForm:
    """Ask what makes this household need more."""
    asked = [n for n, one in enumerate(answers.people) if (one.age or 0) >= YOUNGEST]
    form = SpecialForm(
        pregnant=[str(n) for n in asked if answers.people[n].is_pregnant],
        participation=[str(n) for n in asked if answers.people[n].in_participation],
        hot_water=answers.heats_own_water,
    )
    form.pregnant.choices = form.participation.choices = [
        (str(number), words.person(answers, number)) for number in asked
    ]
    return form
