"""Languages: German is the source, the citizen's choice is kept in a cookie."""

from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_babel

from portal.core import browser, paths

LANGUAGES = {"de": "Deutsch", "en": "English"}
COOKIE = "sprache"

babel = Babel()


class Texts(Domain):
    """The texts of the portal, whose catalogue is looked up once a request and not for each text.

    A page has some hundred texts, and the way to the catalogue is longer than the way to a text in
    it. Flask-Babel itself forgets `babel_translations` where another language is forced.
    """

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the language that is spoken now."""
        try:
            kept: NullTranslations | None = g._flask_babel.babel_translations  # noqa: SLF001
        except (AttributeError, RuntimeError):
            kept = None
        if kept is None:
            kept = super().get_translations()
            if g:
                g._flask_babel.babel_translations = kept  # noqa: SLF001
        return kept


texts = Texts()


def chosen_language() -> str:
    """Return the language of this request: cookie, else the browser's wish, else German."""
    if not has_request_context():
        return "de"
    kept = request.cookies.get(browser.cookie_name(COOKIE), "")
    return kept if kept in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "de"


def written_in(language: str) -> str:
    """Return the language in which a message to a reader of `language` is written.

    It is theirs as soon as there is a catalogue, however incomplete: a text that is missing there
    appears in German. Without any it is German as a whole, dates and direction of writing included.
    """
    catalogues = {str(known) for known in get_babel().instance.list_translations()}
    return language if language in catalogues else "de"


def init_app(app: Flask) -> None:
    """Choose the language of each request."""
    babel.init_app(
        app,
        default_locale="de",
        default_timezone="Europe/Berlin",
        default_translation_directories=str(paths.TRANSLATIONS),
        locale_selector=chosen_language,
    )
    babel.domain_instance = texts
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: texts.get_translations().ugettext(text),
        ngettext=lambda one, many, n: texts.get_translations().ungettext(one, many, n),
        newstyle=True,
    )
