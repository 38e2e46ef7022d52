"""A store in a bucket of any S3-compatible service, for offices that run on many machines.

The service says a file is kept once it is durable there. Redirects are not followed and the
address is the operator's own (`PORTAL_STORE_ENDPOINT`); nothing that a person types reaches it.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from portal.core.config import Settings
from portal.core.errors import NotFound, Unavailable

PART = 5 * 1024 * 1024  # the smallest part that S3 takes of a file in several
NO_ANSWER = (
    "Die Dateiablage antwortet gerade nicht. Es ist nichts verloren: Bitte versuchen Sie es in "
    "einigen Minuten noch einmal."
)


class ObjectStore:
    """Keep files as objects; see `storage.Store` for what each verb promises."""

    def __init__(self, bucket: str, prefix: str, **options: Any) -> None:
        self._bucket, self._prefix, self._options = bucket, prefix, options

    @classmethod
    def of(cls, settings: Settings) -> "ObjectStore":
        """Open the bucket that `PORTAL_STORE_URL` names (`s3://bucket/prefix`)."""
        named = urlsplit(settings.store_url)
        return cls(
            named.netloc,
            named.path.strip("/"),
            endpoint=settings.store_endpoint or None,
            region=settings.store_region,
            access_key_id=settings.store_access_key,
            secret_access_key=settings.store_secret_key,
        )

    @property
    def _store(self) -> S3Store:
        return _opened(
            os.getpid(), self._bucket, self._prefix, tuple(sorted(self._options.items(), key=str))
        )

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Send the bytes; a broken-off transfer leaves no object."""
        try:
            obstore.put(self._store, key, iter(chunks), chunk_size=PART)
        except BaseError as error:
            raise Unavailable(NO_ANSWER) from error

    def stream(self, key: str) -> Iterator[bytes]:
        """Return the object piece by piece."""
        try:
            found = obstore.get(self._store, key)
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound from error
        except BaseError as error:
            raise Unavailable(NO_ANSWER) from error
        return (bytes(piece) for piece in found.stream())

    def delete(self, key: str) -> None:
        """Remove the object."""
        try:
            obstore.delete(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return
        except BaseError as error:
            raise Unavailable(NO_ANSWER) from error

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """Name every object."""
        try:
            for listed in obstore.list(self._store):
                yield from ((one["path"], one["last_modified"]) for one in listed)
        except BaseError as error:
            raise Unavailable(NO_ANSWER) from error


@cache
def _opened(
    process: int, bucket: str, prefix: str, options: tuple[tuple[str, Any], ...]
) -> S3Store:
    """Open the bucket once a process: a connection does not survive a fork."""
    given = {name: value for name, value in options if value is not None}
    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options={"allow_http": str(given.get("endpoint", "")).startswith("http://")},
        virtual_hosted_style_request=False,
        **given,
    )
