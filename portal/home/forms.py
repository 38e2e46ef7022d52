"""The choice of a language."""

from flask_wtf import FlaskForm
from wtforms.validators import AnyOf

from portal.core.fields import HiddenField
from portal.core.i18n import LANGUAGES


class LanguageForm(FlaskForm):
    """One of the languages of the portal, and the page to come back to."""

    language = HiddenField(validators=[AnyOf(list(LANGUAGES))])
    next = HiddenField()
