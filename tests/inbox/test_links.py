"""Every kind of item leads to a page."""

import uuid

import pytest
from flask import Flask

from portal.inbox.links import ENDPOINTS, NAMES, address_of
from portal.inbox.models import ItemKind


def test_every_kind_has_an_endpoint_and_a_name() -> None:
    assert set(ENDPOINTS) == set(NAMES) == set(ItemKind)


@pytest.mark.parametrize("kind", ItemKind)
def test_every_kind_resolves_to_a_staff_page(app: Flask, kind: ItemKind) -> None:
    with app.test_request_context():
        address = address_of(kind, uuid.uuid4())
    assert address.startswith("/amt/")
    endpoint, values = app.url_map.bind("localhost").match(address)
    assert endpoint == ENDPOINTS[kind]
    assert list(values) == ["id"]
