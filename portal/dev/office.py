"""Filling the demo office: everybody's story through the real verbs, then the everyday calendar."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Citizen
from portal.core import clock
from portal.core.db import db
from portal.dev import (
    absences,
    calls,
    casework,
    changes,
    decided,
    desks,
    groups,
    hours,
    instants,
    joint,
    outcomes,
    reaching,
    representatives,
    stories,
    threads,
    trust,
    views_kept,
    waits,
    well_run,
)
from portal.dev.people import CITIZENS
from portal.dev.stage import enrol, open_office

NO_CALENDAR = {"new", "unconfirmed", "guardian"}
CALLED = 3
"""So many people of the demo are invited, summoned or heard."""


def fill(app: Flask, *, progress: Callable[[str], None]) -> bool:
    """Fill an office without citizens; return whether there was anything to do."""
    with app.test_request_context(base_url=app.config["BASE_URL"]):
        session = db.session
        if session.scalar(select(Citizen.id).limit(1)):
            return False
        office = open_office(session, clock.now())
        hours.fill(office)
        told = stories.STORIES | changes.STORIES
        invited: list[Citizen] = []
        for number, demo in enumerate(CITIZENS, 1):
            lead = enrol(office, demo)
            if number == 1:
                well_run.let_one_slip(office, lead)
            if demo.story not in NO_CALENDAR and len(invited) < CALLED:
                invited.append(lead.citizen)
            told[demo.story](office, lead)
            if demo.story not in NO_CALENDAR:
                stories.everyday(office, lead)
            if number % 10 == 0:
                progress(f"Demo-Büro: {number} von {len(CITIZENS)} Menschen haben ihre Akte.")
        changes.give_part(office)
        trust.show(office)
        representatives.fill(office)
        absences.fill(office)
        instants.fill(office)
        calls.fill(office, invited)
        groups.fill(office)
        outcomes.fill(office)
        desks.fill(office)
        joint.fill(office)
        reaching.fill(office)
        casework.fill(office)
        waits.fill(office)
        views_kept.fill(office)
        decided.fill(office)
        threads.fill(office)
        well_run.fill(office)
        session.commit()
        return True
