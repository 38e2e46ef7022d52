"""Counting what jobs do: the worker has no address at which Prometheus could ask it."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import BigInteger, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.db import Model

MEANINGS = {
    "files_swept": "Dateien ohne Zeile, die aus der Ablage genommen wurden",
    "scan_verdicts": "Was die Virenprüfung gesagt hat",
    "readings_failed": "Versuche, Text oder Archivkopie zu machen, die scheiterten",
    "remakes_failed": "Versuche, ein Dokument neu zu machen, die scheiterten",
}


class Tally(Model):
    """How often something has happened since the office opened, by kind."""

    __tablename__ = "tallies"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


def add(session: Session, name: str, *, kind: str = "", by: int = 1) -> None:
    """Count `by` more of a kind; it counts when the transaction is committed."""
    row = insert(Tally).values(name=name, kind=kind, number=by)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[Tally.name, Tally.kind],
            set_={"number": Tally.number + row.excluded.number},
        )
    )


def figures(session: Session, now: datetime) -> Iterator[Metric]:
    """Give every tally as a counter, those that stand at nothing too."""
    tallies = session.scalars(
        select(Tally).order_by(Tally.name, Tally.kind).execution_options(populate_existing=True)
    ).all()
    for name, meaning in MEANINGS.items():
        family = CounterMetricFamily(f"portal_{name}", meaning, labels=["kind"])
        counted = [(tally.kind, tally.number) for tally in tallies if tally.name == name]
        for kind, number in counted or [("", 0)]:
            family.add_metric([kind], number)
        yield family
