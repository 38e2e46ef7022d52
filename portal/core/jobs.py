"""Jobs: rows of procrastinate, written in the transaction of the deed, carried out by the worker.

A job is a function `(session, *, now, **arguments)`. It never commits: the worker does, after it has
returned. It may run twice (a killed worker), so it checks what is already done.
"""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import procrastinate
from procrastinate import JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import db

queue = procrastinate.App(connector=SyncPsycopgConnector())

STALLED_AFTER = timedelta(minutes=5)


JobFunction = Callable[..., None]


class Job:
    """A registered job; `enqueue` writes its row in the transaction of `session`."""

    def __init__(self, function: JobFunction, task: Any) -> None:
        self.function = function
        self._task = task
        functools.update_wrapper(self, function)

    def __call__(self, session: Session, *, now: datetime, **arguments: Any) -> None:
        """Run the work here and now, as tests and the demo do."""
        self.function(session, now=now, **arguments)

    def enqueue(self, session: Session, *, at: datetime | None = None, **arguments: Any) -> None:
        """Write the row of this job; arguments are JSON values. Nothing runs if the deed rolls back."""
        connection = session.connection().connection.driver_connection
        self._task.configure(connection=connection, schedule_at=at).defer(**arguments)


def job(name: str, *, tries: int = 5) -> Callable[[JobFunction], Job]:
    """Register a function as job `name` (`feature.verb`), tried again up to `tries` times."""

    def register(function: JobFunction) -> Job:
        retry = RetryStrategy(max_attempts=tries, exponential_wait=3)
        task = queue.task(name=name, retry=retry, queue="portal")(_in_session(function))
        return Job(function, task)

    return register


def every(cron: str, name: str) -> Callable[[JobFunction], Job]:
    """Register a function that the clock starts (`cron` in UTC, five fields)."""

    def register(function: JobFunction) -> Job:
        run = _in_session(function)

        def at_time(timestamp: int) -> None:
            run()

        task = queue.task(name=name, queue="portal", queueing_lock=name)(at_time)
        queue.periodic(cron=cron)(task)
        return Job(function, task)

    return register


def _in_session(function: JobFunction) -> Callable[..., None]:
    """Open the session, do the work, commit; the worker runs inside one application context."""

    def run(**arguments: Any) -> None:
        app = _worker_app[0]
        with app.app_context(), app.test_request_context(base_url=app.config["BASE_URL"]):
            function(db.session, now=clock.now(), **arguments)
            db.session.commit()

    return run


_worker_app: list[Any] = []


def bind_app(app: Any) -> None:
    """Name the application whose context the jobs of this process run in."""
    _worker_app[:] = [app]


@queue.periodic(cron="*/2 * * * *")
@queue.task(
    name="core.retry_stalled", queue="portal", queueing_lock="core.retry_stalled", pass_context=True
)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Start the jobs of killed workers again (their heartbeat has stopped)."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER.seconds):
        await manager.retry_job(stalled)


async def run_worker(url: str, *, concurrency: int = 2) -> None:
    """Carry out jobs until the process is told to stop; running jobs are finished first."""
    with queue.replace_connector(PsycopgConnector(conninfo=url, min_size=1, max_size=4)) as worker:
        async with worker.open_async():
            await worker.run_worker_async(
                queues=["portal"], concurrency=concurrency, delete_jobs="successful"
            )
