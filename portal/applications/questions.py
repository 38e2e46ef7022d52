"""Every kind of question that a form can ask, as data."""

from typing import Annotated, Literal

from pydantic import Field

from portal.applications.conditions import Condition, Piece, QuestionId
from portal.casefiles.models import DocumentKind

OptionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Field(min_length=1)]
LANGUAGES = ("de", "en", "uk", "ru", "ar", "tr", "fa")
REQUIRED_LANGUAGES = ("de", "en")


class Text(Piece):
    """A text: German and English always, further languages as they are filled in.

    Where one is missing German is shown, never nothing; `lint.untranslated` reports it.
    """

    de: Words
    en: Words
    uk: Words | None = None
    ru: Words | None = None
    ar: Words | None = None
    tr: Words | None = None
    fa: Words | None = None


class Asked(Piece):
    """What every question has.

    `later`: it may be left open with “I do not know yet” and is then asked for afterwards.
    `carry`: the answer is taken over from an earlier application, from any form with this question.
    `was`: the id of the same question in the version before. `prefill`: what the portal knows
    already (`lint.PREFILLS`). `private`: of several people in one file only the person whom it is
    about sees it, and the office. `field_number`: on the paper.
    """

    id: QuestionId
    label: Text
    hint: Text | None = None
    why: Text | None = None
    when: Condition | None = None
    optional: bool = False
    later: bool = False
    carry: bool = False
    prefill: str | None = None
    private: Literal["health", "safety"] | None = None
    field_number: str | None = None
    was: QuestionId | None = None


class TextQuestion(Asked):
    """One line of text."""

    type: Literal["text"]
    max_length: Annotated[int, Field(ge=1, le=500)] = 200
    autocomplete: str | None = None


class LongTextQuestion(Asked):
    """Several lines of text."""

    type: Literal["long_text"]
    max_length: Annotated[int, Field(ge=1, le=10_000)] = 4000


class DateQuestion(Asked):
    """A day; a `past` one lies not after today, a `future` one not before."""

    type: Literal["date"]
    past: bool = False
    future: bool = False
    autocomplete: str | None = None


class MonthQuestion(Asked):
    """A month of a year."""

    type: Literal["month"]


class PeriodQuestion(Asked):
    """From one day to another, `{"from": day, "to": day}`; with `open_end` it may still go on."""

    type: Literal["period"]
    past: bool = False
    open_end: bool = False


class MoneyQuestion(Asked):
    """An amount in euro; `zero` offers “0 €” as one tap."""

    type: Literal["money"]
    zero: bool = False


class NumberQuestion(Asked):
    """A whole number."""

    type: Literal["number"]
    minimum: int = 0
    maximum: int = 100_000
    unit: Text | None = None


class YesNoQuestion(Asked):
    """Yes or no, nothing chosen beforehand."""

    type: Literal["yes_no"]


class Option(Piece):
    """One choice. An exclusive one (“none of these”) stands alone."""

    id: OptionId
    label: Text
    hint: Text | None = None
    exclusive: bool = False


class ChoiceQuestion(Asked):
    """One of several; `long` ones are picked from a list that opens."""

    type: Literal["choice"]
    options: Annotated[tuple[Option, ...], Field(min_length=2)]
    long: bool = False


class ChoicesQuestion(Asked):
    """Any of several."""

    type: Literal["choices"]
    options: Annotated[tuple[Option, ...], Field(min_length=2)]


class CountryQuestion(Asked):
    """A country or several, as ISO 3166-1 codes; the names come from the CLDR."""

    type: Literal["country"]
    several: bool = False


class AddressQuestion(Asked):
    """An address: `{"street": …, "postcode": …, "city": …}`, abroad also `"country"`.

    Street and house number are one line, as telephones fill them in.
    """

    type: Literal["address"]
    abroad: bool = False


class IbanQuestion(Asked):
    """An international bank account number, with check digits (ISO 13616)."""

    type: Literal["iban"]


class PensionNumberQuestion(Asked):
    """A pension insurance number, with its check digit (§ 147 SGB VI, VKVV)."""

    type: Literal["pension_number"]


class TaxIdQuestion(Asked):
    """A tax identification number, with its check digit (§ 139b AO; ISO 7064 MOD 11,10)."""

    type: Literal["tax_id"]


class PersonQuestion(Asked):
    """A person of the household of this form: `applicant` or the id of a row.

    `among` is weighed for each row and leaves out the others; `applicant` offers the applicant.
    `leaves`: who is named lives there no longer and is in no later form.
    """

    type: Literal["person"]
    applicant: bool = True
    among: Condition | None = None
    leaves: bool = False


class DeclarationQuestion(Asked):
    """A sentence that must be agreed to."""

    type: Literal["declaration"]


class DocumentQuestion(Asked):
    """A paper, asked for where it belongs. It never blocks: it may follow later."""

    type: Literal["document"]
    kind: DocumentKind
    legal_basis: str


Simple = Annotated[
    TextQuestion
    | LongTextQuestion
    | DateQuestion
    | MonthQuestion
    | PeriodQuestion
    | MoneyQuestion
    | NumberQuestion
    | YesNoQuestion
    | ChoiceQuestion
    | ChoicesQuestion
    | CountryQuestion
    | AddressQuestion
    | IbanQuestion
    | PensionNumberQuestion
    | TaxIdQuestion
    | PersonQuestion
    | DeclarationQuestion
    | DocumentQuestion,
    Field(discriminator="type"),
]


class Line(Piece):
    """One line of a table."""

    id: OptionId
    label: Text
    hint: Text | None = None


class TableQuestion(Asked):
    """Amounts in lines and columns: `{column: {line: amount}}`; an empty cell is 0.

    The columns are fixed, or the months of the answer to a period question (`months_of`, at most
    12; the ids are then months such as `2026-08`). With `sums` the page shows totals and averages.
    """

    type: Literal["table"]
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=40)]
    columns: Annotated[tuple[Line, ...], Field(max_length=12)] = ()
    months_of: QuestionId | None = None
    sums: bool = True


class GroupQuestion(Asked):
    """A list of like things, such as persons or jobs; each row answers the same questions.

    `{column}` in the title of a row is filled from the row.
    """

    type: Literal["group"]
    one: Text
    add: Text
    row_title: Text
    questions: Annotated[tuple[Simple, ...], Field(min_length=1)]
    max_rows: Annotated[int, Field(ge=1, le=60)] = 30


Question = Annotated[Simple | TableQuestion | GroupQuestion, Field(discriminator="type")]
