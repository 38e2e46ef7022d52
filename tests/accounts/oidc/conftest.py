"""A provider that can be bent, for every test that asks for it."""

from collections.abc import Iterator

import pytest

from tests.accounts.oidc.crooked import Crooked, running


@pytest.fixture
def crooked() -> Iterator[Crooked]:
    with running() as provider:
        yield provider
