"""calendars: names and purposes of kinds of appointments in further languages.

Kinds that are still called as they were delivered get the English that is delivered now.
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0071_names_of_kinds"
down_revision = "0070_care_tracks_ahead"

EMPTY = sa.text("'{}'::jsonb")
ENGLISH = {
    "Beratung per Video": "Advice by video",
    "Fragen zu Leistungen, Unterlagen oder Ihrem Antrag, von zu Hause aus.": (
        "Questions about benefits, papers or your application, from home."
    ),
    "Telefongespräch": "Telephone talk",
    "Kurze Fragen. Wir rufen Sie an.": "Short questions. We call you.",
    "Gespräch im Jobcenter": "Talk at the Jobcenter",
    "Persönlich bei uns im Haus.": "In person, at our office.",
    "Arbeitsvermittlung per Video": "Help with finding work, by video",
    "Arbeit, Ausbildung, Kurse und Bewerbungen.": "Work, training, courses and job applications.",
    "Kurzer Anruf": "Short call",
    "Eine einzelne Frage, die sich schnell klären lässt. Wir rufen Sie an.": (
        "A single question that can be settled quickly. We call you."
    ),
    "Gemeinsames Gespräch": "Joint talk",
    "Leistung und Arbeitsvermittlung sitzen zusammen am Tisch.": (
        "Benefits and help with finding work sit at one table."
    ),
    "Besuch außerhalb des Jobcenters": "Visit outside the Jobcenter",
    "Wir kommen dorthin, wo es für Sie leichter ist, zum Beispiel nach Hause.": (
        "We come to where it is easier for you, for example to your home."
    ),
    "Gruppengespräch": "Group talk",
    "Ein Thema, mehrere Menschen, eine Runde. Sie können zuhören oder fragen.": (
        "One topic, several people, one round. You can listen or ask."
    ),
    "Workshop": "Workshop",
    "Etwas zusammen ausprobieren, zum Beispiel Bewerbungen schreiben.": (
        "Try something together, for example writing job applications."
    ),
    "Offene Runde bei Ihnen in der Nähe": "Open meeting near you",
    "Wir kommen in den Stadtteil: ins Jugendzentrum oder ins Familienzentrum.": (
        "We come to your district: to the youth centre or the family centre."
    ),
    "Veranstaltung mit Arbeitgebern": "Event with employers",
    "Betriebe aus der Gegend stellen sich und ihre freien Stellen vor.": (
        "Local companies introduce themselves and their vacancies."
    ),
    "Erstes Gespräch": "First talk",
    "Wir lernen Sie kennen und überlegen mit Ihnen, wie es weitergeht.": (
        "We get to know you and think with you about how to go on."
    ),
}


def upgrade() -> None:
    """Build."""
    for one, many in (("name", "names"), ("purpose", "purposes")):
        column = sa.Column(many, postgresql.JSONB(), nullable=False, server_default=EMPTY)
        op.add_column("appointment_types", column)
        op.alter_column("appointment_types", many, server_default=None)
        statement = sa.text(
            f"UPDATE appointment_types SET {many} ="
            f" jsonb_build_object('en', CAST(:all AS jsonb) -> {one})"
            f" WHERE CAST(:all AS jsonb) ? {one}"
        )
        op.execute(statement.bindparams(all=json.dumps(ENGLISH)))


def downgrade() -> None:
    """Take away."""
    for many in ("purposes", "names"):
        op.drop_column("appointment_types", many)
