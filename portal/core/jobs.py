"""Jobs: rows of procrastinate, written in the transaction of the deed, carried out by the worker.

A job is a function `(session, *, now, **arguments)`. It never commits: the worker does, after it
has returned, and marks the row as done in the same transaction. So what a job does to the database
happens once, even when its worker is killed at any moment; what leaves the house (a mail) may leave
twice.
"""

import asyncio
import functools
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import procrastinate
from procrastinate import JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import db

log = logging.getLogger(__name__)

queue = procrastinate.App(connector=SyncPsycopgConnector())

# Rows are written on the connection of the deed, so this needs no pool; the worker gives `queue` an
# asynchronous connector, with which a job could not enqueue the next one.
_writer = JobManager(SyncPsycopgConnector())


class Lane(StrEnum):
    """Where a job waits; each lane has a place of its own in every worker, so none blocks another.

    Somebody waits before a screen for what is prompt; what is slow takes minutes and nobody waits.
    """

    PROMPT = "portal_prompt"
    USUAL = "portal"
    SLOW = "portal_slow"


STALLED_AFTER = timedelta(seconds=30)
DONE = "_done"


# `(session: Session, *, now: datetime, **arguments) -> None`; the arguments differ from job to job.
JobFunction = Callable[..., None]


class TakenOver(Exception):
    """Another worker has this job by now: this one was believed dead."""


class Job:
    """A registered job; `enqueue` writes its row in the transaction of `session`."""

    def __init__(self, function: JobFunction, task: Any, *, name: str, tries: int) -> None:
        self.function = function
        self.name = name
        self.tries = tries
        self._task = task
        functools.update_wrapper(self, function)
        REGISTERED[name] = self

    def __call__(self, session: Session, *, now: datetime, **arguments: Any) -> None:
        """Run the work here and now, as tests and the demo do."""
        self.function(session, now=now, **arguments)

    def enqueue(
        self, session: Session, *, at: datetime | None = None, rank: int = 0, **arguments: Any
    ) -> None:
        """Write the row of this job (JSON values only); if the deed rolls back, nothing runs.

        What has a lower `rank` lets the other jobs of its lane pass: thousands of mails must not
        stand before the one document that somebody waits for.
        """
        connection = session.connection().connection.driver_connection
        task = self._task.configure(schedule_at=at, priority=rank)
        row = task.job.evolve(task_kwargs=arguments)
        _writer.defer_job(row, connection=connection)


REGISTERED: dict[str, Job] = {}


def job(name: str, *, tries: int = 5, lane: Lane = Lane.USUAL) -> Callable[[JobFunction], Job]:
    """Register a function as job `name` (`feature.verb`), tried again up to `tries` times."""

    def register(function: JobFunction) -> Job:
        retry = RetryStrategy(max_attempts=tries, exponential_wait=3)
        task = queue.task(
            name=name,
            retry=retry,
            queue=lane,
            pass_context=True,
        )(_in_session(function))
        return Job(function, task, name=name, tries=tries)

    return register


def every(cron: str, name: str) -> Callable[[JobFunction], Job]:
    """Register a function that the clock starts (`cron` in UTC, five fields).

    It waits at most once in the queue and never runs twice at a time, on however many workers.
    """

    def register(function: JobFunction) -> Job:
        run = _in_session(function)

        def at_time(context: JobContext, /, timestamp: int, **marks: Any) -> None:
            run(context, **marks)

        task = queue.task(
            name=name, queue=Lane.USUAL, queueing_lock=name, lock=name, pass_context=True
        )(at_time)
        queue.periodic(cron=cron)(task)
        return Job(function, task, name=name, tries=1)

    return register


def _in_session(function: JobFunction) -> Callable[..., None]:
    """Open the session, do the work, mark the row, commit."""

    def run(context: JobContext, **arguments: Any) -> None:
        if arguments.pop(DONE, False):
            return
        app = _worker_app[0]
        with app.app_context(), app.test_request_context(base_url=app.config["BASE_URL"]):
            function(db.session, now=clock.now(), **arguments)
            _mark_done(db.session, context)
            db.session.commit()

    return run


def _mark_done(session: Session, context: JobContext) -> None:
    """Write into the row that its effect is in the database, unless the job has changed hands."""
    marked = session.execute(
        text(
            "UPDATE procrastinate_jobs"
            " SET args = args || jsonb_build_object(CAST(:mark AS text), true)"
            " WHERE id = :id AND status = 'doing' AND attempts = :attempts AND NOT args ? :mark"
            " RETURNING id"
        ),
        {"mark": DONE, "id": context.job.id, "attempts": context.job.attempts},
    )
    if marked.first() is None:
        raise TakenOver(context.job.task_name)


_worker_app: list[Any] = []


def bind_app(app: Any) -> None:
    """Name the application whose context the jobs of this process run in."""
    _worker_app[:] = [app]


def run_due(
    session: Session, now: datetime, *, lanes: Sequence[Lane] = (Lane.PROMPT, Lane.USUAL)
) -> int:
    """Carry out every job that is due, in this process and this transaction; return how many.

    For the demo office and for tests. A failing job raises and the caller rolls back. Slow jobs
    stay for the worker, unless their lane is named.
    """
    count = 0
    while True:
        due = session.execute(
            text(
                "DELETE FROM procrastinate_jobs WHERE id = ("
                " SELECT id FROM procrastinate_jobs"
                " WHERE status = 'todo' AND queue_name = ANY(:lanes)"
                " AND (scheduled_at IS NULL OR scheduled_at <= :now)"
                " ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
                " RETURNING task_name, args"
            ),
            {"now": now, "lanes": list(lanes)},
        ).first()
        if due is None:
            return count
        arguments = {
            name: value for name, value in due.args.items() if name not in {DONE, "timestamp"}
        }
        REGISTERED[due.task_name].function(session, now=now, **arguments)
        session.flush()  # the next job sees what this one did
        count += 1


def waiting(session: Session, *jobs: Job, argument: str) -> set[str]:
    """Return the value of one argument of every row of these jobs that is still to be done."""
    found = session.scalars(
        text(
            "SELECT args ->> :argument FROM procrastinate_jobs"
            " WHERE task_name = ANY(:names) AND status IN ('todo', 'doing')"
        ),
        {"argument": argument, "names": [job.name for job in jobs]},
    )
    return {str(value) for value in found}


def figures(session: Session, now: datetime) -> Iterator[Metric]:
    """Say how many jobs are due, how long the oldest has been due, and how many have failed."""
    rows = session.execute(
        text(
            "SELECT jobs.queue_name, count(*) AS waiting,"
            " min(COALESCE(jobs.scheduled_at, deferred.at)) AS since"
            " FROM procrastinate_jobs AS jobs"
            " LEFT JOIN procrastinate_events AS deferred"
            " ON deferred.job_id = jobs.id AND deferred.type = 'deferred'"
            " WHERE jobs.status = 'todo'"
            " AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= :now)"
            " GROUP BY jobs.queue_name ORDER BY jobs.queue_name"
        ),
        {"now": now},
    ).all()
    due = GaugeMetricFamily("portal_jobs_due", "Aufträge, die dran wären", labels=["queue"])
    oldest = GaugeMetricFamily(
        "portal_jobs_oldest_seconds", "Wie lange der älteste schon dran wäre", labels=["queue"]
    )
    known = {row.queue_name: row for row in rows}
    for name in Lane:
        row = known.get(name)
        due.add_metric([name], row.waiting if row else 0)
        oldest.add_metric([name], max(0, (now - row.since).total_seconds()) if row else 0)
    failed = session.execute(
        text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    ).scalar_one()
    yield due
    yield oldest
    yield GaugeMetricFamily("portal_jobs_failed", "Endgültig gescheiterte Aufträge", value=failed)


async def retry_stalled(stalled_after: timedelta) -> None:
    """Give the jobs of dead workers (no heartbeat for `stalled_after`) to the living.

    A job that has taken its workers down with it as often as it may be tried is laid aside.
    """
    manager = queue.job_manager
    for stalled in await manager.get_stalled_jobs(
        seconds_since_heartbeat=stalled_after.total_seconds()
    ):
        known = REGISTERED.get(stalled.task_name)
        again = known is not None and stalled.attempts + 1 < max(known.tries, 2)
        try:
            if again:
                await manager.retry_job(stalled)
            else:
                await manager.finish_job(stalled, status=Status.FAILED, delete_job=False)
        except ProcrastinateException:  # another worker was faster, or a newer run is waiting
            log.info("Der Job %s ist schon in anderen Händen.", stalled.id)
        else:
            log.warning("Der Job %s war verwaist: %s", stalled.id, "neu" if again else "abgelegt")


async def _watch_for_stalled(stalled_after: timedelta) -> None:
    while True:
        try:
            await retry_stalled(stalled_after)
        except ProcrastinateException:
            log.exception("Verwaiste Jobs ließen sich nicht suchen; nächster Versuch folgt.")
        await asyncio.sleep(stalled_after.total_seconds() / 3)


async def run_worker(
    url: str,
    *,
    lanes: Sequence[Lane] = tuple(Lane),
    concurrency: int = 2,
    stalled_after: timedelta = STALLED_AFTER,
    install_signal_handlers: bool = True,
) -> None:
    """Carry out jobs until the process is told to stop; running jobs are finished first.

    The usual lane has `concurrency` places, the others one. No lane goes on alone.
    """
    connector = PsycopgConnector(conninfo=url, min_size=1, max_size=7)
    with queue.replace_connector(connector) as worker:
        carry_out = functools.partial(
            worker.run_worker_async,
            delete_jobs="successful",
            update_heartbeat_interval=stalled_after.total_seconds() / 3,
            stalled_worker_timeout=stalled_after.total_seconds(),
        )
        async with worker.open_async():
            await _until_one_ends(
                *(
                    carry_out(
                        queues=[lane],
                        concurrency=concurrency if lane is Lane.USUAL else 1,
                        install_signal_handlers=install_signal_handlers and lane is lanes[0],
                    )
                    for lane in lanes
                ),
                _watch_for_stalled(stalled_after),
            )


async def _until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Do several things at once until the first ends, then end the others; raise what it raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()
