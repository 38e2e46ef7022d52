"""The letter with the code, as a tagged PDF."""

import segno
from flask import current_app
from markupsafe import Markup

from portal.core import pdf
from portal.identity.models import CodeLetter


def code_letter(letter: CodeLetter, *, code: str) -> bytes:
    """Write the letter; `code` stands on this paper and nowhere else."""
    # Written out: the process of the office need not serve the pages of citizens.
    address = f"{current_app.config['BASE_URL']}/konto/identitaet"
    drawn = segno.make(address, error="m")
    # Our own address, without the code: who photographs the picture has nothing.
    picture = Markup(drawn.svg_inline(scale=3, border=2, title=address))  # noqa: S704
    return pdf.render("code_letter", letter=letter, code=code, portal=address, picture=picture)
