"""The cover sheet as a tagged PDF."""

from flask_babel import gettext

from portal.core import pdf
from portal.intake import marks
from portal.intake.models import CoverSheet


def cover_sheet(sheet: CoverSheet) -> bytes:
    """Write the cover sheet with its large code."""
    title = gettext("Code, an dem der Scanner erkennt, wohin die Blätter gehören")
    return pdf.render("cover_sheet", sheet=sheet, mark=marks.picture(sheet.id, title=title))
