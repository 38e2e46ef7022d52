"""The kinds of appointments an office starts with. From then on they are rows of the office."""

from typing import Any

from portal.calendars.models import Channel

STANDARD_TYPES: tuple[dict[str, Any], ...] = (
    {
        "key": "beratung-video",
        "name": "Beratung per Video",
        "purpose": "Fragen zu Leistungen, Unterlagen oder Ihrem Antrag, von zu Hause aus.",
        "channels": [Channel.VIDEO],
        "duration_minutes": 30,
        "buffer_minutes": 15,
        "start_every_minutes": 45,
        "lead_hours": 2,
        "horizon_days": 60,
        "citizen_can_book": True,
        "move_limit_hours": 2,
        "cancel_limit_hours": 1,
    },
    {
        "key": "telefon",
        "name": "Telefongespräch",
        "purpose": "Kurze Fragen. Wir rufen Sie an.",
        "channels": [Channel.PHONE],
        "duration_minutes": 20,
        "buffer_minutes": 10,
        "start_every_minutes": 30,
        "lead_hours": 2,
        "horizon_days": 60,
        "citizen_can_book": True,
        "move_limit_hours": 2,
        "cancel_limit_hours": 1,
    },
    {
        "key": "jobcenter",
        "name": "Gespräch im Jobcenter",
        "purpose": "Persönlich bei uns im Haus.",
        "channels": [Channel.OFFICE],
        "duration_minutes": 45,
        "buffer_minutes": 15,
        "start_every_minutes": 60,
        "lead_hours": 24,
        "horizon_days": 60,
        "citizen_can_book": True,
        "move_limit_hours": 24,
        "cancel_limit_hours": 2,
    },
    {
        "key": "arbeitsvermittlung-video",
        "name": "Arbeitsvermittlung per Video",
        "purpose": "Arbeit, Ausbildung, Kurse und Bewerbungen.",
        "channels": [Channel.VIDEO],
        "duration_minutes": 30,
        "buffer_minutes": 15,
        "start_every_minutes": 45,
        "lead_hours": 2,
        "horizon_days": 60,
        "citizen_can_book": True,
        "move_limit_hours": 2,
        "cancel_limit_hours": 1,
    },
)
