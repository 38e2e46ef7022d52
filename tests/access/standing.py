"""The portal with Oksana's world in one transaction that never ends well: nothing is kept."""

import fcntl
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection

from portal.core.db import db
from tests.access import visiting, world
from tests.access.visiting import Answer, Door, Walk
from tests.access.world import VISITORS, World


class Standing:
    """Walk as each visitor at most once; the answers are kept for all who ask.

    What a door answers is the same in every world, so that test processes share a `folder` of
    walks: who comes second waits for the first.
    """

    def __init__(self, app: Flask, connection: Connection, folder: Path) -> None:
        self.app = app
        self.connection = connection
        self.world: World = self._build()
        self._folder = folder
        self._walks: dict[str, Walk] = {}

    def _build(self) -> World:
        with self.app.test_request_context(base_url=self.app.config["BASE_URL"]):
            return world.build(db.session)

    def walk(self, name: str) -> Mapping[Door, Answer]:
        """Return what every door answered to this visitor."""
        if name not in self._walks:
            self._walks[name] = self._shared(name)
        found, slammed = self._walks[name]
        assert not slammed, f"{VISITORS[name]}: {slammed}"
        return found

    def _shared(self, name: str) -> Walk:
        with (self._folder / f"{name}.walk").open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if kept := file.read():
                walk: Walk = pickle.loads(kept)
                return walk
            walk = visiting.walk(self.app, self.connection, self.world, name)
            file.write(pickle.dumps(walk))
            return walk

    def inside(self, name: str) -> set[Door]:
        """Return the doors that let this visitor in."""
        return {door for door, said in self.walk(name).items() if said.mark == visiting.INSIDE}

    def walks(self) -> Mapping[str, Mapping[Door, Answer]]:
        """Walk as everybody."""
        return {name: self.walk(name) for name in VISITORS}


@contextmanager
def standing(app: Flask, folder: Path) -> Iterator[Standing]:
    """Build the world, with `folder` for the walks.

    Every request of the application stays in its transaction meanwhile.
    """
    with app.app_context():
        engine, maker = db.engine, db.sessionmaker
    with engine.connect() as connection, connection.begin() as transaction:
        maker.configure(bind=connection, binds={}, join_transaction_mode="create_savepoint")
        try:
            yield Standing(app, connection, folder)
        finally:
            maker.configure(bind=engine)
            transaction.rollback()
