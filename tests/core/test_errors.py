"""Every error is a page that says what to do next, in the layout of who asked."""

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from portal.app import create_app
from portal.core import errors, jobs
from portal.core.config import Settings

ERRORS = {
    "invalid": errors.InvalidInput("Das geht so nicht."),
    "cut-off": errors.CutOff("Abgebrochen."),
    "large": errors.TooLarge("Zu groß."),
    "not-allowed": errors.NotAllowed("Das dürfen Sie nicht."),
    "not-found": errors.NotFound(),
    "conflict": errors.Conflict("Schon vergeben."),
    "expired": errors.Expired("Abgelaufen."),
    "too-many": errors.TooMany("Langsamer.", retry_after=7),
    "unavailable": errors.Unavailable("Dort meldet sich niemand."),
}


@pytest.fixture(scope="module")
def broken(rolled_back_app: Flask) -> Iterator[Flask]:
    """An office in which everything goes wrong on purpose."""
    kept: Settings = rolled_back_app.config["SETTINGS"]
    app = create_app(kept)
    blueprint = Blueprint("broken", __name__)

    @blueprint.get("/kaputt/<name>")
    @blueprint.get("/amt/kaputt/<name>", endpoint="staff")
    def fail(name: str) -> ResponseReturnValue:
        raise ERRORS.get(name) or RuntimeError("secret detail")

    app.register_blueprint(blueprint)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    jobs.bind_app(rolled_back_app)


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_has_its_status_and_its_sentence(broken: Flask, name: str) -> None:
    answer = broken.test_client().get(f"/kaputt/{name}")
    assert answer.status_code == ERRORS[name].status
    assert ERRORS[name].message.rstrip(".") in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text.count("<h1") == 1


def test_where_nothing_is_the_heading_says_so_once_in_the_language_of_the_reader(
    broken: Flask,
) -> None:
    german = broken.test_client().get("/kaputt/not-found").text
    english = broken.test_client().get("/kaputt/not-found", headers={"Accept-Language": "en"}).text
    asked_by_script = broken.test_client().get(
        "/kaputt/not-found", headers={"Accept": "application/json"}
    )
    assert german.partition("<main")[2].count("Diese Seite gibt es nicht") == 1
    assert "Diese Seite" not in english
    assert "This page does not exist" in english
    assert asked_by_script.get_json() == {"message": "Diese Seite gibt es nicht."}


def test_too_many_says_when_to_come_back(broken: Flask) -> None:
    assert broken.test_client().get("/kaputt/too-many").headers["Retry-After"] == "7"


def test_an_unforeseen_error_shows_no_detail(broken: Flask) -> None:
    answer = broken.test_client().get("/kaputt/anything")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.text.count("<h1") == 1


def test_the_office_gets_the_layout_of_the_office(broken: Flask) -> None:
    citizen = broken.test_client().get("/kaputt/not-found").text
    staff = broken.test_client().get("/amt/kaputt/not-found").text
    assert 'class="page citizen"' in citizen
    assert 'class="page staff"' in staff


def test_a_script_gets_the_sentence_alone(broken: Flask) -> None:
    answer = broken.test_client().get("/kaputt/conflict", headers={"Accept": "application/json"})
    assert answer.json == {"message": "Schon vergeben."}
    assert answer.status_code == 409


@pytest.mark.parametrize("path", ["/gibt-es-nicht", "/konto/gibt-es-nicht", "/amt/gibt-es-nicht"])
def test_an_unknown_address_is_a_page(broken: Flask, path: str) -> None:
    answer = broken.test_client().get(path)
    assert answer.status_code == 404
    assert answer.text.count("<h1") == 1


def test_a_wrong_method_says_which_are_right(broken: Flask) -> None:
    answer = broken.test_client().get("/abmelden")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_tree_is_drawn_as_it_is() -> None:
    for kind in (errors.CutOff, errors.TooLarge):
        assert issubclass(kind, errors.InvalidInput)
    kinds = [
        kind for kind in errors.PortalError.__subclasses__() if kind.__module__ == errors.__name__
    ]
    statuses = [kind.status for kind in kinds]  # rooms have kinds of their own
    assert sorted(statuses) == [401, 403, 404, 409, 410, 422, 429, 503]
