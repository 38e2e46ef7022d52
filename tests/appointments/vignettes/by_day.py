"""Stories that the day decides, what was said about it, and at whom it lay."""

from datetime import date

from tests.appointments.vignettes.telling import (
    CALLED,
    DAY,
    DAYS,
    KNOWN,
    LETTER,
    OFFICE,
    OFFICE_OLD,
    OUTAGE,
    OUTAGE_OLD,
    REASON,
    REASON_OLD,
    SAME_DAY,
    THERE,
    TRIED,
    TRIED_OLD,
    TUESDAY,
    WEDNESDAY,
    Stories,
    accepted,
    at,
    broke,
    called,
    gave,
    letter,
    lost,
    outage,
    own_fault,
    refused,
    tried,
    waited,
)

STORIES = Stories()
tell = STORIES.tell

# Another time on the same day is enough (§ 309 (3) sentence 2 SGB III)

tell("the talk was an hour ago", KNOWN, by=SAME_DAY, now=at(DAY, "10:00"))
tell("one minute before midnight", KNOWN, by=SAME_DAY, now=at(DAY, "23:59"))
tell("midnight has struck", KNOWN, by=SAME_DAY, missed=True, now=at(TUESDAY, "00:00"))
tell(
    "a talk at 17:30, the office closes at 18:00",
    KNOWN,
    by=SAME_DAY,
    wall="17:30",
    now=at(DAY, "18:30"),
)
tell(
    "the day of the change to winter time has 25 hours",
    letter(date(2026, 10, 13)),
    by=SAME_DAY,
    on=date(2026, 10, 25),
    now=at(date(2026, 10, 25), "23:30"),
)
tell(
    "the day of the change to summer time is over",
    letter(date(2027, 3, 15)),
    by=SAME_DAY,
    missed=True,
    on=date(2027, 3, 28),
    now=at(date(2027, 3, 29), "00:30"),
)
tell(
    "midnight in Berlin, still yesterday in UTC",
    KNOWN,
    by=SAME_DAY,
    missed=True,
    now=at(TUESDAY, "00:30"),
)
tell(
    "summoned for New Year's Eve, asked at ten past midnight",
    letter(date(2026, 12, 20)),
    by=SAME_DAY,
    missed=True,
    on=date(2026, 12, 31),
    now=at(date(2027, 1, 1), "00:10"),
)
tell("asked before the talk has begun", KNOWN, by=SAME_DAY, now=at(DAY, "08:00"))

# Who was there has reported (§ 309 (3) sentence 1 SGB III)

tell(
    "waited at the desk, nobody called the name",
    KNOWN,
    waited("08:50", text="am Empfang"),
    by=THERE,
)
tell("waited in the video room before the time", KNOWN, waited("08:55"), by=THERE)
tell("came an hour late, same day", KNOWN, waited("10:00"), by=THERE)
tell(
    "came at closing time, the purpose could be reached tomorrow only",
    KNOWN,
    waited("17:55"),
    by=THERE,
)
tell(
    "had come a day too early and was sent away",
    KNOWN,
    waited("09:00", DAY - DAYS),
    by=THERE,
    missed=True,
)
tell(
    "came on the next day without a word",
    KNOWN,
    waited("09:00", TUESDAY),
    by=THERE,
    missed=True,
    now=at(WEDNESDAY, "09:00"),
)
tell(
    "waited before seven in front of the door", KNOWN, waited("06:40", text="vor der Tür"), by=THERE
)
tell(
    "waited in the wrong house: the room was changed, the message lost",
    waited("09:00", text="Rathausplatz 1"),
    lost(at(DAY - DAYS, "16:00"), "Raum geändert"),
    by=THERE,
    also=[LETTER],
)
tell(
    "waited twenty minutes and hung up, the officer overran",
    KNOWN,
    waited("09:00"),
    own_fault("Gespräch davor dauerte länger"),
    by=THERE,
    also=[OFFICE],
)
tell(
    "waited on the day with 25 hours, in the hour that comes twice",
    letter(date(2026, 10, 13)),
    waited("02:30", date(2026, 10, 25)),
    by=THERE,
    on=date(2026, 10, 25),
    wall="09:00",
)

# Who tried has an important reason in what failed (§ 32 SGB II)

tell(
    "camera not found, three tries", KNOWN, tried("08:58"), tried("09:03"), tried("09:09"), by=TRIED
)
tell("joined from a bus, the connection broke", KNOWN, broke("09:12"), by=TRIED)
tell(
    "browser too old, said so by the device check that day",
    KNOWN,
    tried("08:40", text="Browser zu alt"),
    by=TRIED,
)
tell(
    "rehearsed the evening before, did not try on the day",
    KNOWN,
    tried("19:00", DAY - DAYS),
    by=TRIED,
    missed=True,
)
tell(
    "opened the link on the day after",
    KNOWN,
    tried("09:00", TUESDAY),
    by=TRIED,
    missed=True,
    now=at(WEDNESDAY, "09:00"),
)
tell("ticket ran out, tried again at noon", KNOWN, tried("12:05", text="Link abgelaufen"), by=TRIED)
tell("broke off and rang at once", KNOWN, broke("09:05"), called("09:07"), by=TRIED, also=[CALLED])
tell("tried just before midnight", KNOWN, tried("23:50"), by=TRIED)
tell(
    "tried under the old law",
    letter(date(2026, 6, 20)),
    tried("09:00", date(2026, 6, 30)),
    by=TRIED_OLD,
    on=date(2026, 6, 30),
)
tell(
    "the interpreter could not join, and both hung up",
    KNOWN,
    broke("09:20", text="Dolmetscherin ohne Ton"),
    by=TRIED,
)

# Whoever gets in touch the same day has reported, if the purpose can be reached

tell("rang at two in the afternoon", KNOWN, called("14:00"), by=CALLED)
tell(
    "wrote a message at half past eleven at night",
    KNOWN,
    called("23:30", text="Nachricht im Portal"),
    by=CALLED,
)
tell(
    "spoke on the machine before the office opened",
    KNOWN,
    called("06:15", text="Anrufbeantworter"),
    by=CALLED,
)
tell(
    "rang on the next day",
    KNOWN,
    called("09:00", TUESDAY),
    by=CALLED,
    missed=True,
    now=at(TUESDAY, "12:00"),
)
tell(
    "rang the day before to ask for the way",
    KNOWN,
    called("15:00", DAY - DAYS),
    by=CALLED,
    missed=True,
)
tell(
    "the daughter rang for her mother",
    KNOWN,
    called("10:00", text="Tochter, Mutter im Krankenhaus"),
    by=CALLED,
)
tell(
    "left word in Ukrainian, read by somebody two days later",
    KNOWN,
    called("09:40", text="Sprachnachricht"),
    by=CALLED,
    now=at(WEDNESDAY, "15:00"),
)
tell(
    "asked for a ride to be paid, on the morning itself",
    KNOWN,
    called("07:50", text="kein Geld für den Bus"),
    by=CALLED,
)
tell("rang at the minute the day began", KNOWN, called("00:00"), by=CALLED)
tell(
    "rang at the minute the next day began", KNOWN, called("00:00", TUESDAY), by=CALLED, missed=True
)

# An important reason (§ 32 SGB II), shown before or after, looked at or not

tell("ill, note handed in, nobody has looked", KNOWN, gave(DAY, "Krank"), by=REASON)
tell("ill, note accepted", KNOWN, gave(DAY, "Krank"), accepted(TUESDAY), by=REASON)
tell(
    "no wish to come, refused",
    KNOWN,
    gave(DAY, "Keine Lust"),
    refused(TUESDAY),
    by=REASON,
    missed=True,
)
tell("child ill, said two days before", KNOWN, gave(DAY - 2 * DAYS, "Kind krank"), by=REASON)
tell(
    "in hospital, said a week later",
    KNOWN,
    gave(DAY + 7 * DAYS, "Krankenhaus"),
    by=REASON,
    now=at(DAY + 8 * DAYS, "09:00"),
)
tell(
    "refused, then a certificate comes",
    KNOWN,
    gave(DAY, "Krank"),
    refused(TUESDAY),
    gave(WEDNESDAY, "Attest"),
    by=REASON,
    now=at(WEDNESDAY, "12:00"),
)
tell(
    "refused, accepted on objection",
    KNOWN,
    gave(DAY, "Vorstellungsgespräch"),
    refused(TUESDAY),
    accepted(WEDNESDAY),
    by=REASON,
    now=at(WEDNESDAY, "12:00"),
)
tell(
    "accepted by mistake, refused the day after",
    KNOWN,
    gave(DAY, "Krank"),
    accepted(TUESDAY),
    refused(WEDNESDAY),
    by=REASON,
    missed=True,
    now=at(WEDNESDAY, "12:00"),
)
tell(
    "at work that morning, accepted under the old law",
    letter(date(2026, 6, 20)),
    gave(date(2026, 6, 29), "Arbeit"),
    accepted(date(2026, 6, 30)),
    by=REASON_OLD,
    on=date(2026, 6, 30),
)
tell(
    "missed on 30 June, the reason comes in July: the old law counts",
    letter(date(2026, 6, 20)),
    gave(date(2026, 7, 3), "Krank"),
    by=REASON_OLD,
    on=date(2026, 6, 30),
    now=at(date(2026, 7, 4), "09:00"),
)
tell(
    "missed on 1 July: the new law counts",
    letter(date(2026, 6, 20)),
    gave(date(2026, 7, 1), "Krank"),
    by=REASON,
    on=date(2026, 7, 1),
)
tell(
    "summoned under the old law to a day of the new one, refused",
    letter(date(2026, 6, 20)),
    gave(date(2026, 7, 1), "Keine Lust"),
    refused(date(2026, 7, 2)),
    by=REASON,
    missed=True,
    on=date(2026, 7, 1),
    now=at(date(2026, 7, 2), "12:00"),
)
tell(
    "refused, but rang on the day itself",
    KNOWN,
    gave(DAY, "Verschlafen"),
    refused(TUESDAY),
    called("11:00"),
    by=CALLED,
)

# What lies with the office is no fault of who did not come

tell("the officer was entered as away", KNOWN, by=OFFICE, away=True)
tell("the officer forgot, and says so", KNOWN, own_fault("Termin vergessen"), by=OFFICE)
tell("the house was closed by a fire alarm", KNOWN, own_fault("Feueralarm"), by=OFFICE)
tell(
    "the letter named a house that has moved",
    KNOWN,
    own_fault("falsche Anschrift im Brief"),
    by=OFFICE,
)
tell(
    "no interpreter came although one was ordered",
    KNOWN,
    own_fault("keine Dolmetscherin"),
    by=OFFICE,
)
tell(
    "the office was closed three days before only",
    KNOWN,
    own_fault("Streik", day=DAY - 3 * DAYS),
    by=OFFICE,
    missed=True,
)
tell(
    "the lift was out, and the talk on the third floor",
    KNOWN,
    own_fault("Aufzug defekt"),
    by=OFFICE,
)
tell(
    "the officer was away under the old law",
    letter(date(2025, 3, 1)),
    by=OFFICE_OLD,
    on=date(2025, 3, 10),
    away=True,
)
tell(
    "the officer was away, and the person refused to come anyhow",
    KNOWN,
    gave(DAY, "Keine Lust"),
    refused(TUESDAY),
    by=OFFICE,
    away=True,
)

# What failed for all speaks for each

tell("the portal was down", KNOWN, outage("Portal nicht erreichbar"), by=OUTAGE)
tell("no telephone all morning", KNOWN, outage("Telefonanlage", "07:00"), by=OUTAGE)
tell(
    "no buses: the warning of the weather service",
    KNOWN,
    outage("Glatteis, kein Verkehr", "05:00"),
    by=OUTAGE,
)
tell(
    "the portal was down a week before",
    KNOWN,
    outage("Portal", day=DAY - 7 * DAYS),
    by=OUTAGE,
    missed=True,
)
tell(
    "down in the afternoon: nobody could report later that day",
    KNOWN,
    outage("Portal", "14:00"),
    by=OUTAGE,
)
tell(
    "down under the old law",
    letter(date(2025, 3, 1)),
    outage("Portal", day=date(2025, 3, 10)),
    by=OUTAGE_OLD,
    on=date(2025, 3, 10),
)
tell(
    "everything at once",
    letter(DAY),
    waited("09:00"),
    tried("09:01"),
    called("09:02"),
    gave(DAY, "Krank"),
    outage("Portal"),
    by=LETTER,
    also=[SAME_DAY, THERE, TRIED, CALLED, REASON, OFFICE, OUTAGE],
    away=True,
    now=at(DAY, "10:00"),
)
