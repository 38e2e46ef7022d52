"""The figures of the house for Prometheus: asked of the database when somebody asks for them.

A figure that one process counts by itself would differ from process to process; these are the same
wherever they are asked.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from flask import Flask, current_app
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

Source = Callable[[Session, datetime], Iterator[Metric]]


class _Asked(Collector):
    """What the sources have said."""

    def __init__(self, said: Sequence[Metric]) -> None:
        self._said = said

    def collect(self) -> Iterator[Metric]:
        """Return it."""
        yield from self._said


def offer(app: Flask, sources: Sequence[Source]) -> None:
    """Name who has figures: functions that ask the database and yield families of metrics."""
    app.extensions["figures"] = tuple(sources)


def written(session: Session, *, now: datetime) -> bytes:
    """Write every figure in the text format; without a database, those of this process alone."""
    sources: tuple[Source, ...] = current_app.extensions["figures"]
    try:
        said = [metric for source in sources for metric in source(session, now)]
    except SQLAlchemyError:
        log.exception("the database gives no figures")
        said = []
    asked = CollectorRegistry()
    asked.register(_Asked(said))
    return generate_latest(REGISTRY) + generate_latest(asked)
