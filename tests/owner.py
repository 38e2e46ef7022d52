"""What only the owner of the database can do, for tests that tamper or build tables."""

import psycopg
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session


def in_role(owner_url: str, role: str) -> str:
    """Return the owner's address that begins in `role`, so that a session can leave the role."""
    url = make_url(owner_url).update_query_dict({"options": f"-c role={role}"})
    return url.render_as_string(hide_password=False)


def does(session: Session, statement: str, **values: object) -> None:
    """Carry out one statement as the owner, without triggers, in the transaction of a test."""
    session.flush()
    session.execute(text("SET LOCAL ROLE NONE"))
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(statement), values)
    session.execute(text("RESET session_replication_role"))
    session.execute(text("RESET ROLE"))
    session.expire_all()


def connection(app: Flask) -> psycopg.Connection:
    """Open a connection of the owner to the database of `committed_app`; leaving it commits."""
    return psycopg.connect(app.config["SETTINGS"].owner_url)
