"""What messages are about, so that people can choose how to hear of each.

Some cannot be chosen: what concerns the keys of an account comes at once, the notice of a letter
goes the way that was agreed to, and what the office asks for has a date by which to answer.
"""

from enum import StrEnum


class Topic(StrEnum):
    """What a message is about."""

    APPOINTMENTS = "appointments"
    REQUESTS = "requests"
    NEWS = "news"
    ACCOUNT = "account"
    LETTERS = "letters"
    OFFICE = "office"


# By which way these come can be chosen for each; `NEWS` alone may stay in the portal.
CHOSEN = (Topic.APPOINTMENTS, Topic.REQUESTS, Topic.NEWS)

_TEMPLATES: dict[Topic, tuple[str, ...]] = {
    Topic.APPOINTMENTS: (
        "appointment_answered", "booking_cancelled", "booking_handed_over", "booking_made",
        "booking_moved", "booking_reminder", "booking_room_changed", "group_cancelled",
        "group_cancelled_waiting", "group_moved", "group_seat_lost", "guest_cancelled",
        "guest_invited", "guest_moved", "invitation_reminder", "invitation_time_changed", "invited",
        "seat_offered", "slot_offered", "your_turn",
    ),
    Topic.REQUESTS: (
        "correction_asked", "correction_reminder", "document_rejected", "document_requested",
        "message_arrived",
        "renewal_reminder", "task_changed", "task_overdue", "task_reminder",
    ),
    Topic.NEWS: (
        "application_decided", "application_news", "application_sent", "consultation_note_ready",
        "document_received", "instant_answered", "instant_received", "supplement_sent",
    ),
    Topic.ACCOUNT: (
        "access_asked", "access_granted", "access_refused", "account_exists", "address_changed",
        "change_from", "change_to", "code_letter_impossible", "confirm_email",
        "identity_linked", "identity_unlinked", "invitation", "key_added", "key_dropped",
        "new_device", "password_changed", "recovery_code_used", "representation_ended",
        "representation_ends_soon", "representation_granted", "reset_password",
    ),
    Topic.LETTERS: ("letter_arrived", "letter_waiting"),
    Topic.OFFICE: (
        "conflict_declared", "form_edit_waits", "joint_talk_cancelled", "safety_alert",
        "staff_digest", "substitution_made",
    ),
}  # fmt: skip

TOPICS: dict[str, Topic] = {name: topic for topic, names in _TEMPLATES.items() for name in names}


def topic_of(template: str) -> Topic:
    """Return what a message is about; one that nobody has sorted yet cannot be turned off."""
    return TOPICS.get(template, Topic.REQUESTS)


def is_pushed(template: str) -> bool:
    """Tell whether browsers are told, too: not of keys, whose news must not be wiped away."""
    return topic_of(template) not in {Topic.ACCOUNT, Topic.OFFICE}
