"""The figures of the digital file for Prometheus."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.orm import Session

from portal.casefiles import worker_queries


def figures(session: Session, now: datetime) -> Iterator[Metric]:
    """Say how many documents the virus scanner holds up, since when, and how many wait at all."""
    held = worker_queries.held(session)
    yield GaugeMetricFamily(
        "portal_documents_held",
        "Dokumente, zu denen die Virenprüfung nichts sagt",
        value=held.count if held else 0,
    )
    yield GaugeMetricFamily(
        "portal_documents_held_oldest_seconds",
        "Wie lange das älteste davon schon wartet",
        value=max(0, (now - held.since).total_seconds()) if held else 0,
    )
    yield GaugeMetricFamily(
        "portal_documents_unprepared",
        "Dokumente, die noch niemand ansehen kann",
        value=worker_queries.number_unprepared(session),
    )
