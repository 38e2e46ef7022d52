"""The store in a bucket keeps the same promises as the folder, against a real S3 service."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from portal.core import storage
from portal.core.config import Settings
from portal.core.errors import NotFound, Unavailable
from portal.core.object_storage import PART, ObjectStore
from tests.core import s3

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with s3.serving() as address:
        yield address


def bucket(address: str, prefix: str = "") -> ObjectStore:
    return ObjectStore.of(
        Settings(
            demo=True,
            store_url=f"s3://{s3.BUCKET}/{prefix}",
            store_endpoint=address,
            store_access_key=s3.KEY,
            store_secret_key=s3.SECRET,
        )
    )


@pytest.fixture
def store(address: str) -> ObjectStore:
    return bucket(address, storage.new_key()[:12])


def read(store: ObjectStore, key: str) -> bytes:
    return b"".join(store.stream(key))


@pytest.mark.parametrize("size", [0, 1, 70_000, 2 * PART + 1])
def test_what_was_put_comes_back(store: ObjectStore, size: int) -> None:
    key, content = storage.new_key(), bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    store.put(key, (content[at : at + 65_536] for at in range(0, size, 65_536)))
    assert read(store, key) == content


def test_each_file_is_named_with_its_time(store: ObjectStore) -> None:
    keys = {storage.new_key() for _ in range(3)}
    for key in keys:
        store.put(key, [b"x"])
    entries = dict(store.entries())
    assert set(entries) == keys
    assert all(abs(datetime.now(UTC) - since) < timedelta(minutes=2) for since in entries.values())


def test_what_was_deleted_is_gone(store: ObjectStore) -> None:
    key = storage.new_key()
    store.put(key, [b"x"])
    store.delete(key)
    store.delete(key)
    assert list(store.entries()) == []
    with pytest.raises(NotFound):
        store.stream(key)


def test_a_source_that_breaks_off_leaves_no_object(store: ObjectStore) -> None:
    def breaking_off() -> Iterator[bytes]:
        yield b"x" * (PART + 1)
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        store.put(storage.new_key(), breaking_off())
    assert list(store.entries()) == []


def test_two_offices_in_one_bucket_do_not_see_each_other(address: str) -> None:
    here, there = bucket(address, "lindenau"), bucket(address, "auental")
    key = storage.new_key()
    here.put(key, [b"x"])
    assert key not in dict(there.entries())
    with pytest.raises(NotFound):
        there.stream(key)


def test_a_service_that_is_down_is_said_to_be_down() -> None:
    store = bucket("http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="nichts verloren"):
        store.put(storage.new_key(), [b"x"])
    with pytest.raises(Unavailable):
        store.stream(storage.new_key())
    with pytest.raises(Unavailable):
        list(store.entries())
