"""For how long a word counts: one table.

Who writes four messages in a row has told the reader once (`STANDS_FOR`). Letters of the office
(§ 37 SGB X: decisions, summons) must not stand here: each has its own notice, and its time is a
fact that the law asks for.
"""

from datetime import timedelta

RINGS_FOR = timedelta(minutes=15)
"""For how long it is news that somebody waits or calls; later, the page itself says it."""

STANDS_FOR: dict[str, timedelta] = {
    "message_arrived": timedelta(hours=4),
}
"""By template, how long an unopened message tells of later ones about the same thing as well; one
that is not named here is never folded."""
