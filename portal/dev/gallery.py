"""The component gallery: each component and field in each state, for citizens and for staff.

A component exists when it is here. `tests/dev/test_gallery.py` compares this page with the files in
`templates/components/`.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from portal.accounts.models import RepresentationKind
from portal.accounts.pages import qr_picture
from portal.applications import fields as composite
from portal.appointments.finding_forms import (
    MOST_SEATS,
    FindForm,
    SeatForm,
    WishForm,
    seat_words,
)
from portal.calendars.models import AppointmentType, Channel, TalkRole
from portal.calendars.search import SlotPage
from portal.calendars.slots import Slot
from portal.calendars.wishes import Seat
from portal.consultations.note_forms import DraftForm
from portal.core import clock, fields
from portal.core.access import anyone
from portal.core.db import new_id
from portal.core.validators import email, optional, required
from portal.decisions.forms import DecisionForm

HEATING = [
    ("gas", "Gas"),
    ("district", "Fernwärme", {"hint": "Die Abrechnung kommt vom Vermieter oder vom Versorger."}),
    ("other", "Anders"),
]
PEOPLE = [("me", "Ich"), ("partner", "Mein Partner oder meine Partnerin"), ("child", "Ein Kind")]
COUNTRIES = [("", "Bitte wählen"), ("de", "Deutschland"), ("ua", "Ukraine"), ("tr", "Türkei")]

LONG = "Wohngeldbewilligungsbescheidaufhebungsverfahren mit Nebenkostenabrechnungsnachzahlung"


class Everything(FlaskForm):
    """One field of each kind."""

    name = fields.TextField(
        "Nachname",
        [required("Geben Sie Ihren Nachnamen ein.")],
        render_kw={"autocomplete": "family-name"},
    )
    postcode = fields.TextField(
        "Postleitzahl",
        [optional()],
        render_kw={"width": "5", "inputmode": "numeric", "autocomplete": "postal-code"},
    )
    address = fields.EmailField(
        "E-Mail-Adresse",
        [required("Geben Sie Ihre E-Mail-Adresse ein."), email()],
        description="Dorthin schicken wir die Bestätigung.",
    )
    secret = fields.PasswordField(
        "Passwort",
        [required("Geben Sie ein Passwort ein.")],
        description="Mindestens 12 Zeichen. Ein ganzer Satz ist gut zu merken.",
    )
    born = fields.DateField(
        "Geburtsdatum",
        [required("Geben Sie Ihr Geburtsdatum ein.")],
        birthday=True,
        description="Zum Beispiel 27 3 1990",
    )
    rent = fields.MoneyField(
        "Kaltmiete im Monat",
        [required("Geben Sie Ihre Kaltmiete ein.")],
        description="Sie steht im Mietvertrag.",
    )
    rooms = fields.IntegerField("Zahl der Zimmer", [optional()])
    heating = fields.ChoiceField(
        "Womit heizen Sie?", [required("Wählen Sie, womit Sie heizen.")], choices=HEATING
    )
    people = fields.ChoicesField(
        "Für wen gilt das?",
        [required("Wählen Sie mindestens eine Person.")],
        choices=PEOPLE,
        description="Sie können mehrere wählen.",
    )
    country = fields.SelectField(
        "Staatsangehörigkeit", [required("Wählen Sie ein Land.")], choices=COUNTRIES
    )
    nationalities = composite.CountriesField(
        "Staatsangehörigkeiten", [required("Wählen Sie mindestens ein Land.")], choices=COUNTRIES
    )
    lives_at = composite.AddressField(
        "Anschrift", [required("Geben Sie Ihre Anschrift ein.")], abroad=True
    )
    stay = composite.PeriodField(
        "Aufenthalt in der Klinik", [required("Geben Sie ein, von wann bis wann.")], open_end=True
    )
    savings = fields.MoneyField("Bargeld", [required("Geben Sie einen Betrag ein.")], zero=True)
    takings = composite.TableField(
        "Einnahmen im Betrieb",
        [optional()],
        columns=[("2026-08", "August 2026"), ("2026-09", "September 2026")],
        lines=[("sales", "Verkäufe", ""), ("own_use", "Für sich selbst entnommene Waren", "")],
        description="Tragen Sie ein, was in dem Monat wirklich auf dem Konto ankam.",
    )
    story = fields.TextAreaField("Was hat sich geändert?", [optional()])
    papers = fields.FileField(
        "Unterlage",
        [required("Wählen Sie eine Datei oder machen Sie ein Foto.")],
        accept="image/*,application/pdf",
        multiple=True,
        description="Foto oder PDF, bis 40 MB. Mehrere Seiten auf einmal sind möglich.",
    )
    sure = fields.CheckboxField(
        "Meine Angaben sind vollständig und richtig.",
        [required("Bestätigen Sie, dass Ihre Angaben stimmen.")],
    )
    slot = fields.HiddenField(validators=[required("Wählen Sie eine Zeit.")])
    send = fields.SubmitField("Weiter")


def _seat_search(seats: list[Seat], *, prefix: str) -> dict[str, Any]:
    kind = AppointmentType(key="gemeinsam", name="Gemeinsames Gespräch", channels=list(Channel))
    rows = [
        SeatForm(None, prefix=f"{prefix}{number}", **seat_words(seat)).offer([])
        for number, seat in enumerate(seats, 1)
    ]
    return {"form": FindForm(formdata=None, prefix=prefix).offer([kind]), "rows": rows}


def _wishes(typed: dict[str, str]) -> WishForm:
    form = WishForm(MultiDict(typed), prefix="some" if typed else "no")
    channels = [Channel.VIDEO, Channel.PHONE]
    return form.offer(channels=channels, languages=["ar", "uk"], own=None)


def _forms() -> dict[str, Any]:
    filled = {
        "name": "Kovalenko-Wiśniewska",
        "postcode": "35390",
        "address": "oksana@demo.example",
        "born": date(1990, 3, 27),
        "rent": Decimal("1250.5"),
        "rooms": 3,
        "heating": "district",
        "people": ["me", "child"],
        "country": "ua",
        "nationalities": ["ua", "de"],
        "lives_at": {"street": "Lindenweg 4", "postcode": "35390", "city": "Lindenau"},
        "stay": {"from": "2026-11-02"},
        "savings": Decimal("0"),
        "takings": {"2026-08": {"sales": "1250.50"}, "2026-09": {"sales": "980"}},
        "story": "Seit dem 1. November arbeite ich 20 Stunden in der Woche.",
        "sure": True,
    }
    typed = MultiDict(
        {
            "f-address": "oksana",
            "f-born": ["31", "2", "1990"],
            "f-rent": "ungefähr 400",
            "f-rooms": "drei",
        }
    )
    failed = Everything(formdata=typed, prefix="f-", meta={"csrf": False})
    failed.validate()
    empty = Everything(formdata=None, prefix="e-", meta={"csrf": False})
    done = Everything(formdata=None, prefix="d-", data=filled, meta={"csrf": False})
    note = DraftForm.of(None)
    amounts = DecisionForm(
        formdata=None,
        lines=[{"person": "Oksana Kovalenko", "cents": Decimal("1033")}],
        prefix="b-",
        meta={"csrf": False},
    ).with_lines()
    wrong = DecisionForm(
        formdata=MultiDict({"w-lines-0-cents": "viel", "w-lines-0-first": "Dezember"}),
        prefix="w-",
        meta={"csrf": False},
    )
    wrong.lines.validate(wrong)
    return {"amount_form": amounts, "failed_amounts": wrong} | {
        "note_form": note,
        "empty_form": empty,
        "filled_form": done,
        "failed_form": failed,
    }


def _slots() -> SlotPage:
    """Invent two mornings with two officers."""
    officers: dict[Any, Any] = {
        new_id(): SimpleNamespace(name="Jana Keller"),
        new_id(): SimpleNamespace(name="Maximiliane Wiedenbrügge-Sonnenschein"),
    }
    monday = datetime(2026, 11, 30, 9, tzinfo=clock.BERLIN)
    days = {
        day.date(): [
            Slot(day + timedelta(minutes=30 * number), officer)
            for number in range(3)
            for officer in officers
        ]
        for day in (monday, monday + timedelta(days=1))
    }
    return SlotPage(days=days, officers=officers, earlier=None, later=date(2026, 12, 7))


def _devices() -> list[SimpleNamespace]:
    """Invent a telephone and a computer."""
    since = datetime(2026, 11, 26, 8, 12, tzinfo=clock.BERLIN)
    return [
        SimpleNamespace(
            id=new_id(), device=device, network=network, started_at=since, seen_at=since
        )
        for device, network in (("Firefox, Android", "203.0.113.7"), ("Chrome, Windows", LONG))
    ]


def _acting() -> Any:
    """Invent somebody for whom one acts."""
    return SimpleNamespace(
        principal=SimpleNamespace(name="Oksana Kovalenko"),
        kind=RepresentationKind.POWER_OF_ATTORNEY,
        session_id=None,
        ends_at=datetime(2027, 2, 3, 12, tzinfo=clock.BERLIN),
    )


class Papers(FlaskForm):
    """The fields of a hand-in."""

    files = fields.FileField("Dateien auswählen", multiple=True)
    photos = fields.FileField("Oder jetzt fotografieren", render_kw={"capture": "environment"})
    together = fields.CheckboxField("Mehrere Fotos sind die Seiten eines Dokuments")


def _uploads() -> dict[str, Any]:
    """Invent a place to hand in, and files that wait there in each state."""
    warning = {"word": "blurred", "sentence": "Das Foto ist unscharf. Kann man alles lesen?"}
    rows: list[dict[str, Any]] = [
        {"filename": "Kontoauszug Oktober.pdf", "state": "ready"},
        {"filename": "IMG_2041.jpg", "state": "ready", "warnings": [warning]},
        {"filename": f"{LONG}.pdf", "state": "refused", "sentence": "Das PDF hat ein Passwort."},
        {"filename": "Mietvertrag.pdf", "state": "receiving"},
    ]
    usual: dict[str, Any] = {"size": 420_000, "warnings": [], "sentence": None}
    desk = SimpleNamespace(
        address="/dev/bausteine/hochladen", here="/dev/bausteine", sign_in="/anmelden",
        keys="", script="", reader={}, sentences={},
        limits={"files": 10, "bytes": 1, "together": 1, "extensions": {}, "office": []},
    )  # fmt: skip
    return {
        "upload_form": Papers(formdata=None, prefix="u-", meta={"csrf": False}),
        "uploads": [{**usual, **row, "id": number} for number, row in enumerate(rows)],
        "desk": desk,
    }


def _written() -> list[dict[str, Any]]:
    """Return what can stand in a thread."""
    usual = {"own": False, "kind": "message", "papers": [], "links": [], "notes": []}
    seen = {"notes": ["Gelesen: Montag, 30. November 2026, 09:15 Uhr, Jana Keller"]}
    paper = {"title": f"{LONG} (abrechnung.pdf)", "href": "#thread"}
    task = {"href": "#thread", "label": "Zur Aufgabe", "tag": "Noch zu erledigen"}
    told: list[tuple[str, str, dict[str, Any]]] = [
        ("Oksana Kovalenko", "Wann kommt das Geld für die Heizung?", {"own": True, **seen}),
        ("Jana Keller", "Bitte schicken Sie die Abrechnung.", {}),
        ("Oksana Kovalenko", "Hier ist sie.", {"own": True, "papers": [paper]}),
        ("Jana Keller", "Betrag stimmt nicht mit dem Bescheid überein.", {"kind": "remark"}),
        (
            "Jana Keller",
            f"Wir brauchen von Ihnen: {LONG}.",
            {"links": [{**task, "tone": "warning"}]},
        ),
        ("Jana Keller", "Jana Keller hat die Unterhaltung abgeschlossen.", {"kind": "event"}),
    ]
    time = "Freitag, 27. November 2026, 10:30 Uhr"
    return [
        {
            "id": f"entry-{number}",
            "stamp": "",
            "author": who,
            "text": text,
            "time": time,
            **usual,
            **more,
        }
        for number, (who, text, more) in enumerate(told)
    ]


@anyone
def show() -> ResponseReturnValue:
    """Show the gallery; `?ansicht=amt` shows it in the layout of the staff."""
    return render_template(
        "dev/bausteine.html",
        staff=request.args.get("ansicht") == "amt",
        long=LONG,
        slots=_slots(),
        three_seats=_seat_search(
            [Seat(TalkRole.BENEFIT), Seat(), Seat(TalkRole.INTERPRETER, language="ar")],
            prefix="three",
        ),
        one_seat=_seat_search([Seat(TalkRole.INTEGRATION)], prefix="one"),
        most_seats=MOST_SEATS,
        no_wishes=_wishes({}),
        some_wishes=_wishes({"some-zeit": "vormittag", "some-sprache": "uk"}),
        acting=_acting(),
        qr=qr_picture("https://portal.example/helfen/K7QP3MXD"),
        devices=_devices(),
        written=_written(),
        no_slots=SlotPage(days={}, officers={}, earlier=None, later=None),
        **_forms(),
        **_uploads(),
    )
