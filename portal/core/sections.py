"""Which part of a navigation a page belongs to: the link of the page itself, or of what it lies in.

The floors above are named by their blueprints and endpoints only, as in the address of a link;
`tests/core/test_sections.py` looks each of them up.
"""

from collections.abc import Mapping

from flask import request

Belongs = Mapping[str, tuple[str, ...]]
"""The endpoint of a link → the blueprints, or single endpoints, whose pages lie within."""

AREAS: Belongs = {
    "staff_inbox.index": (
        "staff_inbox",
        "staff_follow_ups",
        "staff_workload",
        "staff_hand_overs",
        "staff_unreached",
    ),
    "staff_casefiles.index": (
        "staff_casefiles",
        "staff_casefiles_evidence",
        "staff_casework",
        "staff_decisions",
        "staff_expert_questions",
        "staff_files",
        "staff_notes",
        "staff_objections",
        "staff_postbox",
        "staff_representation",
        "staff_undelivered",
    ),
    "staff_threads.index": ("staff_threads", "staff_text_blocks"),
    "staff_intake.index": ("staff_intake",),
    "staff_applications.index": (
        "staff_applications",
        "staff_corrections",
        "staff_instant",
        "staff_readings",
    ),
    "staff_forms.index": ("staff_blocks", "staff_forms", "staff_forms_edits"),
    "staff_appointments.index": (
        "staff_appointments",
        "staff_appointments_needs",
        "staff_booking_rooms",
        "staff_calendars",
        "staff_contacts",
        "staff_cover",
        "staff_exceptions",
        "staff_feeds",
        "staff_finding",
        "staff_groups",
        "staff_hearings",
        "staff_hours_copy",
        "staff_invitations",
        "staff_outcomes",
        "staff_skills",
        "staff_summonses",
        "staff_waiting_list",
        "staff_walk_ins",
    ),
    "staff_consultations.index": (
        "colleagues",
        "staff_consultation_end",
        "staff_consultation_pick",
        "staff_consultation_table",
        "staff_consultations",
        "staff_guest_list",
    ),
    "staff_team.index": ("staff_team",),
    "administration.index": (
        "administration",
        "administration_person",
        "administration_teams",
        "media_nodes",
        "staff_kinds",
        "staff_places",
    ),
    "staff_identity.index": ("staff_identity",),
    "staff_keys.index": (
        "staff_digest",
        "staff_keys",
        "staff_office",
        "staff_releasing",
        "staff_telling",
    ),
    "applications.index": (
        "application_autosave",
        "application_cards",
        "application_papers",
        "application_part_papers",
        "application_parts",
        "application_readings",
        "applications",
        "instant",
        "supplements",
    ),
    "casefiles.index": ("casefiles", "casefiles_tasks", "hand_ins", "uploads"),
    "appointments.index": (
        "appointments",
        "consultation_table",
        "consultations",
        "feeds",
        "groups",
        "guest_list",
        "hearings",
        "invitations",
        "outcomes",
        "rehearsal",
        "summonses",
        "waiting_list",
        "waiting_room",
    ),
    "threads.index": ("threads",),
    "postbox.index": ("arrivals", "decisions", "objections", "postbox"),
    "account.index": ("account", "identity", "keys", "message_wishes", "representation"),
}
"""The main navigation of citizens and of staff."""

PLACES: Belongs = {
    "staff_appointments.choose_kind": ("staff_appointments.choose_slot",),
    "staff_calendars.hours": (
        "staff_calendars",
        "staff_cover",
        "staff_exceptions",
        "staff_hours_copy",
    ),
    "staff_casefiles.case": ("staff_casefiles", "staff_files"),
    "staff_contacts.index": ("staff_contacts.case",),
    "staff_contacts.tracks": ("staff_contacts.track",),
    "staff_decisions.of_case": ("staff_decisions",),
    "staff_expert_questions.index": ("staff_expert_questions",),
    "staff_feeds.show": ("staff_feeds",),
    "staff_finding.choose_person": ("staff_finding",),
    "staff_groups.index": ("staff_groups",),
    "staff_invitations.index": ("staff_hearings", "staff_invitations", "staff_summonses"),
    "staff_notes.index": ("staff_notes",),
    "staff_postbox.of_case": ("staff_postbox",),
    "staff_skills.index": ("staff_skills",),
    "staff_threads.of_case": ("staff_threads",),
    "staff_waiting_list.index": ("staff_waiting_list",),
}
"""The rows of links below it: around appointments, and of one case."""


def current(endpoint: str, table: Belongs) -> str | None:
    """Return what `aria-current` of a link says here: "page", "true" within it, or None."""
    if request.endpoint == endpoint:
        return "page"
    within = table.get(endpoint, ())
    return "true" if request.endpoint in within or request.blueprint in within else None


def current_area(endpoint: str) -> str | None:
    """Return the mark of a link of the main navigation."""
    return current(endpoint, AREAS)


def current_place(endpoint: str) -> str | None:
    """Return the mark of a link of a row below the main navigation."""
    return current(endpoint, PLACES)
