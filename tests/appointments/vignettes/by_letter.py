"""Stories that the letter decides: whether there was one, whether it came, and when."""

from datetime import date

from tests.appointments.vignettes.telling import (
    CALLED,
    DAY,
    DAYS,
    FREE,
    KNOWN,
    LEAD,
    LETTER,
    OFFICE,
    REASON,
    TRIED,
    TUESDAY,
    WEDNESDAY,
    Stories,
    at,
    broke,
    by_portal,
    by_post,
    called,
    gave,
    letter,
    lost,
)

STORIES = Stories()
tell = STORIES.tell

# Whether anything follows at all: a talk of one's own choice is no summons (§ 59 SGB II)

tell("picked online, did not come", by=FREE, missed=True, chosen=True)
tell("picked online, half an hour ago", by=FREE, missed=True, chosen=True, now=at(DAY, "10:00"))
tell("invited freely, did not come", by=FREE, missed=True)
tell("invited freely, an hour ago", by=FREE, missed=True, now=at(DAY, "10:00"))
tell("summoned, silent, the next day", KNOWN, by=LETTER, missed=True)
tell(
    "summoned, silent, a week later", KNOWN, by=LETTER, missed=True, now=at(DAY + 7 * DAYS, "09:00")
)
tell("picked online, the officer was ill", by=OFFICE, chosen=True, away=True)
tell("picked online, rang in the afternoon", called("14:00"), by=CALLED, chosen=True)
tell("picked online, the call broke off", broke("09:10"), by=TRIED, chosen=True)
tell("picked online, said why before", gave(DAY, "Kind krank"), by=REASON, chosen=True)
tell(
    "moved by the office, the mail about it bounced",
    lost(at(DAY - 3 * DAYS, "12:00"), "Die E-Mail über die neue Zeit kam nicht an."),
    by=LETTER,
)
tell("invited by the desk, nothing was sent, nobody came", by=FREE, missed=True, wall="15:30")

# Whether the letter came (§ 37 (2), (2a) SGB X): the office proves it

tell("a summons of which nobody knows when it went out", by=LETTER, summoned=True)
tell("a summons that still lies at the printer", by=LETTER, summoned=True, now=at(TUESDAY, "08:00"))
tell("letter counts only on the day of the talk", letter(DAY), by=LETTER)
tell("letter counts on the day after the talk", letter(TUESDAY), by=LETTER)
tell(
    "posted on Tuesday, counts on Saturday",
    by_post(date(2026, 11, 3), date(2026, 11, 7)),
    by=LETTER,
    missed=True,
)
tell(
    "posted on Wednesday, counts on a Sunday, which does not move",
    by_post(date(2026, 11, 4), date(2026, 11, 8)),
    by=LETTER,
    missed=True,
)
tell(
    "posted five days before the talk, counts the day before it",
    by_post(date(2026, 11, 11), date(2026, 11, 15)),
    by=LEAD,
)
tell("posted four days before the talk", by_post(date(2026, 11, 12), date(2026, 11, 16)), by=LETTER)
tell(
    "notice sent in time, never opened, not disputed",
    by_portal(date(2026, 11, 6), date(2026, 11, 10)),
    by=LETTER,
    missed=True,
)
tell(
    "notice sent three days before the talk",
    by_portal(date(2026, 11, 13), date(2026, 11, 17)),
    by=LETTER,
)
tell(
    "letter counts on All Saints' Day, which does not move",
    by_post(date(2026, 10, 28), date(2026, 11, 1)),
    by=LETTER,
    missed=True,
)
tell(
    "posted in December 2024: the third day still counts",
    by_post(date(2024, 12, 30), date(2025, 1, 2)),
    by=LETTER,
    missed=True,
    on=date(2025, 1, 7),
)
tell(
    "posted in January 2025: the fourth day counts, a day too short",
    by_post(date(2025, 1, 2), date(2025, 1, 6)),
    by=LEAD,
    on=date(2025, 1, 10),
)
tell(
    "letter over Christmas, counts on the second day of it",
    by_post(date(2026, 12, 22), date(2026, 12, 26)),
    by=LETTER,
    missed=True,
    on=date(2027, 1, 5),
)
tell(
    "leap day: posted on the 25th, counts on 29 February",
    by_post(date(2028, 2, 25), date(2028, 2, 29)),
    by=LETTER,
    missed=True,
    on=date(2028, 3, 6),
)
tell("letter came back, moved without a word", KNOWN, lost(at(DAY - 2 * DAYS, "11:00")), by=LETTER)
tell(
    "letter came back a week after the talk",
    KNOWN,
    lost(at(DAY + 7 * DAYS, "11:00")),
    by=LETTER,
    now=at(DAY + 8 * DAYS, "09:00"),
)
tell(
    "notice bounced, letter never opened",
    KNOWN,
    lost(at(DAY - 5 * DAYS, "08:00"), "Nachricht kam zurück"),
    by=LETTER,
)
tell(
    "came back, posted anew, and came in time",
    letter(date(2026, 11, 3)),
    lost(at(date(2026, 11, 5), "10:00")),
    letter(date(2026, 11, 10), noted=at(date(2026, 11, 6), "10:00")),
    by=LETTER,
    missed=True,
)
tell(
    "came back, posted anew, and came too late for the day",
    letter(date(2026, 11, 3)),
    lost(at(date(2026, 11, 9), "10:00")),
    letter(date(2026, 11, 14), noted=at(date(2026, 11, 10), "10:00")),
    by=LEAD,
)
tell(
    "posted anew, and came back once more",
    letter(date(2026, 11, 3)),
    lost(at(date(2026, 11, 5), "10:00")),
    letter(date(2026, 11, 10), noted=at(date(2026, 11, 6), "10:00")),
    lost(at(date(2026, 11, 13), "10:00")),
    by=LETTER,
)
tell(
    "says that it came on the very day; the office cannot refute it",
    KNOWN,
    letter(DAY, noted=at(TUESDAY, "08:00")),
    by=LETTER,
)
tell(
    "says weeks later that it came after the day",
    KNOWN,
    letter(TUESDAY, noted=at(DAY + 30 * DAYS, "08:00")),
    by=LETTER,
    now=at(DAY + 31 * DAYS, "08:00"),
)
tell(
    "says it came late; a postmark proves the day by rule",
    KNOWN,
    letter(DAY, noted=at(TUESDAY, "08:00")),
    letter(date(2026, 11, 10), noted=at(WEDNESDAY, "08:00")),
    by=LETTER,
    missed=True,
    now=at(WEDNESDAY, "12:00"),
)
tell(
    "says it came later, and still nine days before",
    letter(date(2026, 11, 5)),
    letter(date(2026, 11, 7), noted=at(TUESDAY, "08:00")),
    by=LEAD,
    missed=True,
)

# Time to arrange oneself: rule of the house, no statute names a number ([C])

tell("letter counts six days before", letter(DAY - 6 * DAYS), by=LEAD, missed=True)
tell("letter counts five days before", letter(DAY - 5 * DAYS), by=LEAD, missed=True)
tell("letter counts four days before", letter(DAY - 4 * DAYS), by=LEAD)
tell("letter counts three days before, over a weekend", letter(DAY - 3 * DAYS), by=LEAD)
tell("letter counts two days before, on a Saturday", letter(DAY - 2 * DAYS), by=LEAD)
tell("letter counts the day before", letter(DAY - DAYS), by=LEAD)
tell(
    "letter counts four days before, and the person rang",
    letter(DAY - 4 * DAYS),
    called("08:30"),
    by=LEAD,
    also=[CALLED],
)
tell(
    "four days before, under the old law too",
    letter(date(2026, 6, 26)),
    by=LEAD,
    on=date(2026, 6, 30),
)
tell(
    "five days over the end of a month",
    letter(date(2026, 11, 26)),
    by=LEAD,
    missed=True,
    on=date(2026, 12, 1),
)
tell("four days over the end of a year", letter(date(2026, 12, 31)), by=LEAD, on=date(2027, 1, 4))
tell(
    "five calendar days over the change to winter time",
    letter(date(2026, 10, 21)),
    by=LEAD,
    missed=True,
    on=date(2026, 10, 26),
)
tell(
    "four days before, told as twelve: only the day noted last counts",
    letter(date(2026, 11, 4)),
    letter(DAY - 4 * DAYS, noted=at(TUESDAY, "08:00")),
    by=LEAD,
)
