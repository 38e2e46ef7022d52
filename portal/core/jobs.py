"""Jobs: rows of procrastinate, written in the transaction of the deed, carried out by the worker.

A job is a function `(session, *, now, **arguments)`. It never commits: the worker does, after it
has returned, and marks the row as done in the same transaction. So what a job does to the database
happens once, even when its worker is killed at any moment; what leaves the house (a mail) may leave
twice.
"""

import asyncio
import functools
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import procrastinate
from procrastinate import JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import db

log = logging.getLogger(__name__)

queue = procrastinate.App(connector=SyncPsycopgConnector())

# Rows are written on the connection of the deed, so this needs no pool; the worker gives `queue` an
# asynchronous connector, with which a job could not enqueue the next one.
_writer = JobManager(SyncPsycopgConnector())

QUEUE = "portal"
PROMPT = "prompt"
"""The lane of jobs for which somebody waits before a screen: long work never stands in its way."""
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

    def enqueue(self, session: Session, *, at: datetime | None = None, **arguments: Any) -> None:
        """Write the row of this job (JSON values only); if the deed rolls back, nothing runs."""
        connection = session.connection().connection.driver_connection
        row = self._task.configure(schedule_at=at).job.evolve(task_kwargs=arguments)
        _writer.defer_job(row, connection=connection)


REGISTERED: dict[str, Job] = {}


def job(name: str, *, tries: int = 5, prompt: bool = False) -> Callable[[JobFunction], Job]:
    """Register a function as job `name` (`feature.verb`), tried again up to `tries` times.

    What somebody waits for before a screen is `prompt`: short, and in a lane of its own.
    """

    def register(function: JobFunction) -> Job:
        retry = RetryStrategy(max_attempts=tries, exponential_wait=3)
        task = queue.task(
            name=name,
            retry=retry,
            queue=PROMPT if prompt else QUEUE,
            priority=1 if prompt else 0,
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

        task = queue.task(name=name, queue=QUEUE, queueing_lock=name, lock=name, pass_context=True)(
            at_time
        )
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


def run_due(session: Session, now: datetime) -> int:
    """Carry out every job that is due, in this process and this transaction; return how many.

    For the demo office and for tests. A failing job raises and the caller rolls back.
    """
    count = 0
    while True:
        due = session.execute(
            text(
                "DELETE FROM procrastinate_jobs WHERE id = ("
                " SELECT id FROM procrastinate_jobs"
                " WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= :now)"
                " ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
                " RETURNING task_name, args"
            ),
            {"now": now},
        ).first()
        if due is None:
            return count
        arguments = {
            name: value for name, value in due.args.items() if name not in {DONE, "timestamp"}
        }
        REGISTERED[due.task_name].function(session, now=now, **arguments)
        session.flush()  # the next job sees what this one did
        count += 1


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
    concurrency: int = 2,
    stalled_after: timedelta = STALLED_AFTER,
    install_signal_handlers: bool = True,
) -> None:
    """Carry out jobs until the process is told to stop; running jobs are finished first.

    Prompt jobs have a lane of their own beside `concurrency` others. Neither lane goes on alone.
    """
    beat = stalled_after.total_seconds() / 3
    connector = PsycopgConnector(conninfo=url, min_size=1, max_size=6)

    async def lane(name: str, at_a_time: int, *, handles_signals: bool) -> None:
        await queue.run_worker_async(
            queues=[name],
            concurrency=at_a_time,
            delete_jobs="successful",
            install_signal_handlers=handles_signals,
            update_heartbeat_interval=beat,
            stalled_worker_timeout=stalled_after.total_seconds(),
        )

    with queue.replace_connector(connector) as worker:
        async with worker.open_async(), asyncio.TaskGroup() as tasks:
            beside = [
                tasks.create_task(_watch_for_stalled(stalled_after)),
                tasks.create_task(lane(PROMPT, 1, handles_signals=False)),
            ]
            await lane(QUEUE, concurrency, handles_signals=install_signal_handlers)
            for task in beside:
                task.cancel()
