"""What the clock does for hand-overs, and what monitoring sees of them."""

from collections.abc import Iterator
from datetime import datetime

from flask import current_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.orm import Session

from portal.core.config import Settings
from portal.core.jobs import every
from portal.handover import service
from portal.handover.steps import STEPS


@every("*/10 * * * *", "handover.watch")
def watch(session: Session, *, now: datetime) -> None:
    """Put what hangs before a team."""
    service.watch(session, land=_land(), now=now)


def figures(session: Session, now: datetime) -> Iterator[Metric]:
    """Say of each step how much is past its time, at most 500."""
    family = GaugeMetricFamily(
        "portal_hand_overs_late", "Übergaben über ihrer Zeit, höchstens 500", labels=["step"]
    )
    for step in STEPS:
        late = step.late(session, step.before(now, land=_land()), None)
        family.add_metric([step.name], len(late))
    yield family


def _land() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.land
