"""The gallery shows each component and each field; a component that is not here does not exist."""

import re

import pytest

from portal.applications import fields as composite
from portal.core import fields, paths
from portal.core.fields import KernWidget

COMPONENTS = sorted(path.stem for path in (paths.TEMPLATES / "components").glob("*.html"))
KINDS = sorted(
    path.stem
    for path in (paths.TEMPLATES / "components" / "fields").glob("*.html")
    if path.stem != "parts"
)
ICONS = sorted(path.stem for path in (paths.STATIC / "img" / "icons").glob("*.svg"))


@pytest.fixture
def gallery(client) -> str:
    return client.get("/dev/bausteine").get_data(as_text=True)


def test_staff_see_it_in_their_layout(client):
    page = client.get("/dev/bausteine?ansicht=amt")
    assert page.status_code == 200
    assert re.search(r'<body class="page\s+staff', page.get_data(as_text=True))


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_component_has_its_part(gallery, component):
    assert f'<h2 id="{component}">' in gallery


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_field_belongs_to_a_field_class(kind):
    used = {
        value.widget.kind
        for value in (*vars(fields).values(), *vars(composite).values())
        if isinstance(value, type) and isinstance(getattr(value, "widget", None), KernWidget)
    }
    assert kind in used


@pytest.mark.parametrize("name", ICONS)
def test_each_icon_is_shown(gallery, name):
    assert f"icon--{name}" in gallery


def test_fields_are_shown_empty_filled_and_wrong(gallery):
    for prefix in ("e-", "d-", "f-"):
        for name in ("name", "address", "secret", "born", "rent", "heating", "people", "papers"):
            assert f'id="{prefix}{name}"' in gallery
    assert "Dieses Datum gibt es nicht." in gallery


@pytest.mark.parametrize(
    "part",
    [
        "call__status", "call__connection", "call-tile--speaking", "call-tile--dark", "call-self",
        "call-tile--screen", "call__alone", "call__hold", "call-notice", "call-words",
        "call-person", "shown-page", "call-dot--own", "call-button__count", "call-button--end",
    ],
)  # fmt: skip
def test_each_part_of_a_call_is_shown(gallery, part):
    assert part in gallery.split('<h2 id="call">')[1]
