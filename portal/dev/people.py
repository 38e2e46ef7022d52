"""The people of the demo office: thirteen staff, forty citizens, a guardian. All invented."""

from dataclasses import dataclass
from datetime import date

from portal.accounts.models import Role

DEMO_DOMAIN = "@post.example"
DEMO_PASSWORD = "lindenau-zeigt-alles"  # noqa: S105 (the demo office has no secrets)

BENEFITS_1 = "Leistung 1"
BENEFITS_2 = "Leistung 2"
INTEGRATION = "Markt und Integration"
ENTRANCE = "Eingangszone und Leitung"


@dataclass(frozen=True)
class DemoStaff:
    """One member of staff."""

    first_name: str
    last_name: str
    team: str
    roles: tuple[Role, ...]
    room: str

    @property
    def email(self) -> str:
        """Return the address at the office."""
        return f"{plain(self.first_name)}.{plain(self.last_name)}@jobcenter.example"


@dataclass(frozen=True)
class DemoCitizen:
    """One citizen; `story` names the state that the office shows with this person."""

    first_name: str
    last_name: str
    birth_date: date
    street: str
    language: str
    story: str

    @property
    def email(self) -> str:
        """Return the private address."""
        return f"{plain(self.first_name)}.{plain(self.last_name)}{DEMO_DOMAIN}"


_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "ı": "i", "ş": "s", "ğ": "g", " ": "-"}
)


def plain(name: str) -> str:
    """Write a name in the letters of an e-mail address."""
    return name.lower().translate(_LETTERS)


STAFF = (
    DemoStaff("Jana", "Keller", BENEFITS_1, (Role.BENEFIT_OFFICER,), "1.12"),
    DemoStaff("Tobias", "Brandt", BENEFITS_1, (Role.BENEFIT_OFFICER,), "1.13"),
    DemoStaff("Sabine", "Hoffmann", BENEFITS_1, (Role.BENEFIT_OFFICER, Role.TEAM_LEAD), "1.10"),
    DemoStaff("Murat", "Aydin", BENEFITS_2, (Role.BENEFIT_OFFICER,), "1.21"),
    DemoStaff("Petra", "Lorenz", BENEFITS_2, (Role.BENEFIT_OFFICER,), "1.22"),
    DemoStaff("Claudia", "Weiß", BENEFITS_2, (Role.BENEFIT_OFFICER, Role.TEAM_LEAD), "1.20"),
    DemoStaff("Daniel", "Sommer", INTEGRATION, (Role.INTEGRATION_OFFICER,), "2.05"),
    DemoStaff("Miriam", "Okafor", INTEGRATION, (Role.INTEGRATION_OFFICER,), "2.06"),
    DemoStaff("Stefan", "Richter", INTEGRATION, (Role.CASE_MANAGER,), "2.07"),
    DemoStaff("Heike", "Vogel", INTEGRATION, (Role.INTEGRATION_OFFICER, Role.TEAM_LEAD), "2.01"),
    DemoStaff("Lukas", "Neumann", ENTRANCE, (Role.FRONT_DESK, Role.MAILROOM), "0.01"),
    DemoStaff(
        "Andrea", "Schreiber", ENTRANCE, (Role.MANAGEMENT, Role.DATA_QUALITY_OFFICER), "3.01"
    ),
    DemoStaff("Nele", "Jansen", ENTRANCE, (Role.ADMINISTRATOR,), "3.04"),
)

_ROWS = """
Oksana Kovalenko|1992-04-17|Gartenstraße 14|en|renewal_due
Yusuf Demir|1982-09-03|Bahnhofstraße 22|de|draft
Anna Schäfer|1975-01-29|Lindenallee 5|de|submitted
Mehmet Yılmaz|1988-06-11|Marktplatz 3|de|submitted_arrears
Fatima Haddad|1990-12-02|Schillerstraße 41|de|in_review
Klaus-Dieter Bornemann|1966-03-25|Am Mühlbach 9|de|rejected_document
Lena Fuchs|2007-02-14|Uhlandweg 2|de|new
Dmytro Shevchenko|1985-08-30|Gartenstraße 16|en|video_today
Rosa Marino|1971-05-19|Kirchgasse 7|de|video_tomorrow
Thomas Albrecht|1969-11-08|Wiesenweg 18|de|decided
Nadia Benali|1994-07-22|Goethestraße 33|de|documents_waiting
Sven Petersen|1980-10-13|Hafenstraße 1|de|consultation_done
Elif Kaya|1999-03-06|Rosenweg 12|de|request_open
Gerhard Winkler|1962-09-27|Tannenweg 4|de|request_overdue
Marta Nowak|1986-02-18|Schulstraße 27|de|appointment_cancelled
Ahmad Rahimi|1991-01-01|Bahnhofstraße 48|en|missed
Birgit Ziegler|1964-06-30|Lindenallee 61|de|outcome_missing
Jonas Krämer|2001-12-19|Uhlandweg 15|de|withdrawn
Svetlana Ivanova|1978-04-04|Am Mühlbach 31|de|office_visit
Paul Lehmann|1973-08-08|Feldstraße 6|de|phone_call
Zeynep Arslan|1996-05-27|Rosenweg 3|de|supplemented
Horst Eichler|1965-10-21|Kirchgasse 19|de|decided
Ines Maurer|1983-03-12|Schillerstraße 8|de|accepted_documents
Olena Bondar|1989-09-09|Gartenstraße 21|en|video_tomorrow
Ralf Stein|1970-07-15|Wiesenweg 2|de|documents_waiting
Samira Aziz|1998-11-30|Goethestraße 5|de|household_part
Uwe Seidel|1967-02-03|Tannenweg 11|de|correction_open
Carla Ferreira|1981-06-24|Marktplatz 12|de|request_answered
Tim Berger|2003-08-17|Feldstraße 29|de|new
Hatice Şahin|1977-12-12|Bahnhofstraße 5|de|rejected_document
Wolfgang Peters|1963-05-05|Lindenallee 30|de|consultation_done
Jasmin Vogt|1993-10-10|Schulstraße 14|de|correction_answered
Ivan Petrov|1987-01-16|Hafenstraße 13|en|video_today
Monika Gruber|1968-04-28|Am Mühlbach 2|de|accepted_documents
Kevin Schulz|2000-09-20|Uhlandweg 40|de|appointment_cancelled
Amina Traoré|1995-03-31|Schillerstraße 19|en|office_visit
Bernd Hartmann|1961-07-07|Kirchgasse 2|de|decided
Leyla Öztürk|1984-11-14|Rosenweg 25|de|phone_call
Sarah Köhler|2002-06-02|Feldstraße 17|de|renewal_known
Miroslav Horvat|1979-02-23|Marktplatz 28|de|unconfirmed
Ruth Sander|1966-08-11|Schlossplatz 2|de|guardian
"""


def _citizen(row: str) -> DemoCitizen:
    name, born, street, language, story = row.split("|")
    first, _, last = name.partition(" ")
    return DemoCitizen(first, last, date.fromisoformat(born), street, language, story)


CITIZENS = tuple(_citizen(row) for row in _ROWS.strip().splitlines())
