"""A page of a form as citizens see it: the same templates, without anybody's answers."""

from dataclasses import dataclass
from datetime import date

from flask import current_app, render_template
from flask_babel import force_locale
from markupsafe import Markup

from portal.applications import forms
from portal.applications.definitions import Form, Page
from portal.applications.editing.shown import LANGUAGE_NAMES, RIGHT_TO_LEFT
from portal.applications.places import APPLICANT, new_row_id
from portal.applications.questions import REQUIRED_LANGUAGES, DocumentQuestion
from portal.applications.sheet import Sheet, Step
from portal.applications.wording import Wording
from portal.core.i18n import LANGUAGES as SPOKEN


@dataclass(frozen=True)
class Frame:
    """One page in one language."""

    language: str
    name: str
    is_right_to_left: bool
    html: Markup


def frames(form: Form, page: Page, day: date) -> list[Frame]:
    """Render a page in German, in English and in each further language that it has words in."""
    further = [
        one for one in LANGUAGE_NAMES if one in REQUIRED_LANGUAGES or getattr(page.title, one)
    ]
    return [_frame(form, page, language, day) for language in further]


def _frame(form: Form, page: Page, language: str, day: date) -> Frame:
    """Render one page; every question and note is shown, whatever they depend on."""
    say = Wording(language, current_app.config["SETTINGS"].benefit_name)
    sheet = Sheet(form, {}, day=day)
    step = Step(page, APPLICANT if form.section_of[page.id].per else None)
    group = page.group
    with force_locale(language if language in SPOKEN else "de"):
        setting = forms.Setting(sheet, step, say, day, new_row_id() if group else None)
        asked = group.questions if group else page.questions
        html = render_template(
            "applications/editing/_sheet.html",
            say=say,
            sheet=sheet,
            step=step,
            group=group,
            form=forms.page_form(asked, setting, prefix=f"{language}-"),
            papers=[one for one in asked if isinstance(one, DocumentQuestion)],
            notes=[(one.tone, say.text(one.text)) for one in page.notes],
            prefix=language,
        )
    return Frame(
        language,
        str(LANGUAGE_NAMES[language]),
        language in RIGHT_TO_LEFT,
        Markup(html),  # noqa: S704
    )
