"""The words of a letter on paper and on the screen, from its template, version and data."""

import re

import segno
from flask import current_app, render_template
from flask_babel import force_locale, lazy_gettext
from markupsafe import Markup

from portal.core import clock, pdf
from portal.postbox import law
from portal.postbox.models import Letter, Way

SHORT_PATH = "/brief"
_STICKS = re.compile(r"(§§?|Absatz|Satz|Nummer|SGB|[0-9a-z](?= SGB)) ")


def template_of(letter: Letter) -> str:
    """Return the template with the words of this letter."""
    return f"letters/{letter.template}_{letter.template_version}.html"


def address_of(letter: Letter) -> str:
    """Return the short address that stands on paper: to type, and as a QR code.

    Written out: the process of the office need not serve the pages of citizens.
    """
    return f"{current_app.config['BASE_URL']}{SHORT_PATH}/{letter.number}"


def path_of(letter: Letter) -> str:
    """Return where a reader can do what the letter asks for, or else read it."""
    return str(letter.content.get("path") or f"/postfach/{letter.id}")


def render(letter: Letter) -> bytes:
    """Make the tagged PDF; needs case and citizen loaded. A letter of the office is German."""
    address = address_of(letter)
    # Our own address and a number: who photographs the picture must still sign in.
    drawn = segno.make(address, error="m").svg_inline(scale=1.8, border=2, title=address)
    with force_locale("de"):
        return pdf.render(
            "letter",
            letter=letter,
            words=words(letter),
            address=address,
            shown=re.sub("^https?://", "", address),
            picture=Markup(drawn),  # noqa: S704 (drawn by us from our own address)
        )


def words(letter: Letter) -> Markup:
    """Return the body as HTML, the same on paper and on the screen."""
    with force_locale("de"):
        written = render_template(
            template_of(letter),
            letter=letter,
            address=re.sub("^https?://", "", address_of(letter)),
            made_known=_made_known(letter),
            came_late=str(_LATE_IN_PORTAL if letter.way is Way.PORTAL else _LATE_BY_POST),
            **{"about_name": None, **letter.content},
        )
    written = _STICKS.sub("\\1\u00a0", written)  # a sign never stands alone at the end of a line
    return Markup(written)  # noqa: S704 (Jinja has escaped what went into it)


def _made_known(letter: Letter) -> str:
    """Say from which day the letter counts, by its way and the rule of the day it was written."""
    day, words = clock.local_date(letter.written_at), _BY_POST
    rule = law.in_force(law.DELIVERY_RULES, day)
    if letter.way is Way.PORTAL:
        rule, words = law.in_force(law.PORTAL_RULES, day), _IN_PORTAL
    return str(words) % {"days": rule.days, "source": rule.source}


_IN_PORTAL = lazy_gettext(
    "Dieser Brief gilt am %(days)d. Tag nach dem Absenden der Nachricht, dass er im Portal liegt, "
    "als bekannt gegeben (%(source)s)."
)
_BY_POST = lazy_gettext(
    "Dieser Brief gilt am %(days)d. Tag, nachdem wir ihn zur Post gegeben haben, als bekannt "
    "gegeben (%(source)s)."
)
_LATE_BY_POST = lazy_gettext(
    "Das gilt nicht, wenn er gar nicht oder später bei Ihnen ankommt. Sagen Sie uns das dann "
    "bitte: im Portal beim Brief, am Telefon oder schriftlich."
)
_LATE_IN_PORTAL = lazy_gettext(
    "Das gilt nicht, wenn die Nachricht gar nicht oder später bei Ihnen ankommt. Dann zählt der "
    "Tag, an dem Sie den Brief öffnen. Sagen Sie uns das dann bitte: im Portal beim Brief."
)
