"""For how long one word stands for later ones about the same thing, unopened: one table.

Who writes four messages in a row has told the reader once. A template that is not in the table is
never folded. Letters of the office (§ 37 SGB X: decisions, summons) must not stand here: each has
its own notice, and its time is a fact that the law asks for.
"""

from datetime import timedelta

STANDS_FOR: dict[str, timedelta] = {
    "message_arrived": timedelta(hours=4),
}
