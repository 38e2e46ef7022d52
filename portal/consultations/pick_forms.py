"""What the officer picks to be shown in a talk."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from portal.core.fields import FileField
from portal.core.validators import required
from portal.papers.limits import ACCEPT


class PickForm(FlaskForm):
    """One file from the officer's own device."""

    files = FileField(
        _l("Datei von Ihrem Rechner zeigen"),
        description=_l("Sie kommt zuerst in die Akte der Person und wird geprüft, auch auf Viren."),
        accept=ACCEPT,
        validators=[required(_l("Wählen Sie eine Datei aus."))],
    )
