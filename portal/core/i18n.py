"""Languages: German is the source, the citizen's choice is kept in a cookie."""

from flask import Flask, has_request_context, request
from flask_babel import Babel, get_babel

from portal.core import browser, paths

LANGUAGES = {"de": "Deutsch", "en": "English"}
COOKIE = "sprache"

babel = Babel()


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
