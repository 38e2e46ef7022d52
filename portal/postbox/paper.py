"""The words of a letter on paper and on the screen, from its template, version and data."""

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup

from portal.core import pdf
from portal.postbox.models import Letter


def template_of(letter: Letter) -> str:
    """Return the template with the words of this letter."""
    return f"letters/{letter.template}_{letter.template_version}.html"


def render(letter: Letter) -> bytes:
    """Make the tagged PDF; needs case and citizen loaded. A letter of the office is German."""
    with force_locale("de"):
        return pdf.render("letter", letter=letter, words=words(letter))


def words(letter: Letter) -> Markup:
    """Return the body as HTML, the same on paper and on the screen."""
    with force_locale("de"):
        written = render_template(template_of(letter), letter=letter, **letter.content)
    written = written.replace("§ ", "§\u00a0")  # a sign never stands alone at the end of a line
    return Markup(written)  # noqa: S704 (Jinja has escaped what went into it)
