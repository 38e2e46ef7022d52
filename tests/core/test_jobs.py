"""Jobs: one transaction with the deed, tried again, and done once even when a worker is killed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as QueuedJob
from sqlalchemy import text

from portal.app import JOBS
from portal.cli import database
from portal.core import clock, jobs
from portal.core.db import db
from tests import owner
from tests.core import job_samples
from tests.house import tree
from tests.processes import forked

STALLED_AFTER = "3"


@pytest.fixture
def office(committed_app: Flask) -> Iterator[Flask]:
    with owner.connection(committed_app) as connection:
        connection.execute("CREATE TABLE effects (id serial PRIMARY KEY, line text)")
    database.give_rights(committed_app.config["SETTINGS"])
    with committed_app.app_context():
        jobs.bind_app(committed_app)
        yield committed_app


@contextmanager
def worker(app: Flask, folder: Path) -> Iterator[forked.Process]:
    url = app.config["SETTINGS"].database_url
    process = forked.start(
        "tests.core.job_samples", url, str(folder), STALLED_AFTER,
        env=os.environ, log=folder / "worker.log",
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def wait_for(answer: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not answer():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def lines() -> list[str]:
    found = db.session.execute(text("SELECT line FROM effects ORDER BY id")).scalars().all()
    db.session.rollback()
    return list(found)


def waiting() -> list[str]:
    found = db.session.execute(
        text("SELECT status FROM procrastinate_jobs WHERE task_name LIKE 'sample.%' ORDER BY id")
    )
    states = [str(state) for state in found.scalars()]
    db.session.rollback()
    return states


def test_a_rolled_back_deed_leaves_no_job(office: Flask) -> None:
    job_samples.write.enqueue(db.session, line="a")
    db.session.rollback()
    assert waiting() == []


def test_a_committed_deed_leaves_one_job(office: Flask) -> None:
    job_samples.write.enqueue(db.session, line="a")
    db.session.commit()
    assert waiting() == ["todo"]


@pytest.mark.slow
def test_a_worker_carries_out_jobs_and_the_jobs_of_jobs(office: Flask, tmp_path: Path) -> None:
    job_samples.write_and_pass_on.enqueue(db.session, line="first")
    db.session.commit()
    with worker(office, tmp_path):
        wait_for(lambda: {"first, passed on", "minute"} <= set(lines()))
        wait_for(lambda: "todo" not in waiting() and "doing" not in waiting())
    kept = [line for line in lines() if line != "minute"]
    assert kept == ["first", "first, passed on"]
    assert waiting() == []


@pytest.mark.slow
def test_slow_jobs_run_one_at_a_time_beside_the_others(office: Flask, tmp_path: Path) -> None:
    flag = str(tmp_path / "go-on")
    for line in ("one", "two", "three"):
        job_samples.slow.enqueue(db.session, flag=flag, line=line)
    job_samples.write.enqueue(db.session, line="quick")
    db.session.commit()
    with worker(office, tmp_path):
        wait_for((tmp_path / "slow-one").exists)
        wait_for(lambda: "quick" in lines())
        slow = jobs.waiting(db.session, job_samples.slow, argument="line")
        assert slow == {"one", "two", "three"}, "the slow ones are still there"
        Path(flag).touch()
        wait_for(lambda: sum(line.startswith("slow") for line in lines()) == 3)
    slow = [line for line in lines() if line.startswith("slow")]
    assert slow == [f"slow {line}, 1 at once" for line in ("one", "two", "three")]


def test_slow_jobs_stay_for_the_worker(office: Flask, tmp_path: Path) -> None:
    (tmp_path / "go-on").touch()
    job_samples.slow.enqueue(db.session, flag=str(tmp_path / "go-on"), line="one")
    assert jobs.run_due(db.session, clock.now()) == 0
    assert jobs.waiting(db.session, job_samples.slow, argument="line") == {"one"}
    assert jobs.run_due(db.session, clock.now(), lanes=[jobs.Lane.SLOW]) == 1
    assert jobs.waiting(db.session, job_samples.slow, argument="line") == set()


def test_a_prompt_job_does_not_wait_for_long_ones(office: Flask, tmp_path: Path) -> None:
    flags = [tmp_path / f"flag-{number}" for number in range(2)]
    for flag in flags:
        job_samples.linger.enqueue(db.session, flag=str(flag))
    db.session.commit()
    with worker(office, tmp_path) as process:
        wait_for(lambda: all(flag.exists() for flag in flags))
        job_samples.write_promptly.enqueue(db.session, line="prompt")
        db.session.commit()
        wait_for(lambda: "prompt" in lines())
        assert waiting().count("doing") == 2
        process.kill()


@pytest.mark.slow
def test_a_failed_job_is_tried_again_and_leaves_its_effect_once(
    office: Flask, tmp_path: Path
) -> None:
    job_samples.fail_first.enqueue(db.session, flag=str(tmp_path / "failed-once"))
    job_samples.fail_always.enqueue(db.session)
    db.session.commit()
    with worker(office, tmp_path):
        wait_for((tmp_path / "failed-once").exists)
        wait_for(lambda: "worked" in lines())
        wait_for(lambda: waiting() == ["failed"])
    assert lines().count("worked") == 1
    assert "never seen" not in lines()


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_done_by_the_next_once(office: Flask, tmp_path: Path) -> None:
    flag = tmp_path / "started"
    job_samples.linger.enqueue(db.session, flag=str(flag))
    db.session.commit()
    with worker(office, tmp_path) as first:
        wait_for(flag.exists)
        first.kill()  # SIGKILL, in the middle of the work
        first.wait(10)
    assert "lingered" not in lines()
    assert waiting()[0] == "doing"
    with worker(office, tmp_path):
        wait_for(lambda: "lingered" in lines())
        wait_for(lambda: "doing" not in waiting())
    assert lines().count("lingered") == 1


def context_of(task: str) -> JobContext:
    row = db.session.execute(
        text("SELECT id, attempts, args FROM procrastinate_jobs WHERE task_name = :task"),
        {"task": task},
    ).one()
    db.session.rollback()
    queued = QueuedJob(
        id=row.id,
        attempts=row.attempts,
        queue="portal",
        lock=None,
        queueing_lock=None,
        task_name=task,
        task_kwargs=row.args,
    )
    return JobContext(app=jobs.queue, job=queued, start_timestamp=0, abort_reason=lambda: None)


def run_as_worker(context: JobContext) -> None:
    jobs.queue.tasks[context.job.task_name].func(context, **context.job.task_kwargs)


def fetch(task: str) -> JobContext:
    """Take the job as a worker would."""
    db.session.execute(
        text("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = :task"),
        {"task": task},
    )
    db.session.commit()
    return context_of(task)


def test_killed_between_commit_and_farewell_the_effect_stays_one(office: Flask) -> None:
    job_samples.write.enqueue(db.session, line="once")
    db.session.commit()
    run_as_worker(fetch("sample.write"))  # … and here the worker dies, before it can say so
    db.session.execute(text("UPDATE procrastinate_jobs SET attempts = attempts + 1"))
    db.session.commit()
    run_as_worker(fetch("sample.write"))
    assert lines() == ["once"]


def test_a_worker_that_was_only_slow_does_not_repeat_what_another_took_over(office: Flask) -> None:
    job_samples.write.enqueue(db.session, line="once")
    db.session.commit()
    slow = fetch("sample.write")
    db.session.execute(text("UPDATE procrastinate_jobs SET attempts = attempts + 1"))
    db.session.commit()
    with pytest.raises(jobs.TakenOver):
        run_as_worker(slow)
    run_as_worker(fetch("sample.write"))
    assert lines() == ["once"]


def test_what_is_due_can_be_run_in_this_process(office: Flask) -> None:
    job_samples.write_and_pass_on.enqueue(db.session, line="now")
    job_samples.write.enqueue(db.session, at=clock.now().replace(year=2099), line="far away")
    db.session.flush()
    assert jobs.run_due(db.session, clock.now()) == 2
    db.session.commit()
    assert lines() == ["now", "now, passed on"]
    assert waiting() == ["todo"]


def test_the_clock_starts_each_periodic_job_under_one_lock() -> None:
    task = jobs.queue.tasks["sample.each_minute"]
    assert task.lock == task.queueing_lock == "sample.each_minute"
    crons = {
        periodic.task.name: periodic.cron
        for periodic in jobs.queue.periodic_registry.periodic_tasks.values()
    }
    assert crons["sample.each_minute"] == "* * * * *"


def test_every_module_of_jobs_is_known_to_the_worker() -> None:
    portal = tree.ROOT / "portal"
    written = set(portal.rglob("*jobs.py")) - {portal / "core" / "jobs.py"}
    assert {Path(str(module.__file__)) for module in JOBS} == written
