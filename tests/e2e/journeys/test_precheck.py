"""A mother on a phone wants to know whether it is worth asking: no account, no name."""

import pytest

from tests.e2e.conftest import OpenPage
from tests.e2e.pages.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = [pytest.param(360, True, id="phone, dark"), pytest.param(1280, False, id="desk, light")]


@pytest.mark.parametrize(("width", "dark"), WIDTHS)
def test_a_single_parent_finds_out_and_goes_on_to_apply(
    open_page: OpenPage, width: int, dark: bool
) -> None:
    visitor = Visitor(open_page(width=width, dark=dark))
    visitor.go("/")
    visitor.follow("Anspruch prüfen")
    visitor.reads("Anspruch prüfen")
    visitor.follow("Beginnen")
    visitor.reads("Wer wohnt bei Ihnen?")
    visitor.press("Weiter")
    visitor.sees("Bitte prüfen Sie 3 Angaben")
    visitor.check_barriers()
    visitor.types("Wie alt sind Sie?", "34")
    visitor.page.get_by_label("Nein", exact=True).check()
    visitor.types("Wie viele Kinder unter 25 Jahren wohnen bei Ihnen?", "1")
    visitor.press("Weiter")
    visitor.reads("Wie alt sind die anderen?")
    visitor.types("Kind 1", "4")
    visitor.press("Weiter")
    visitor.reads("Was kostet Ihre Wohnung?")
    visitor.types("Kaltmiete im Monat", "520")
    visitor.types("Heizkosten im Monat", "80")
    visitor.press("Weiter")
    visitor.reads("Ihr Einkommen")
    visitor.types("Lohn netto im Monat", "810,07")
    visitor.types("Lohn brutto im Monat", "900")
    visitor.press("Weiter")
    visitor.reads("Einkommen: Kind 1 (4 Jahre)")
    visitor.types("Unterhalt oder Unterhaltsvorschuss im Monat", "227")
    visitor.press("Weiter")
    visitor.reads("Was haben Sie gespart?")
    visitor.types("Geld und Erspartes von allen zusammen", "0")
    visitor.press("Weiter")
    visitor.reads("Gibt es etwas Besonderes?")
    visitor.press("Weiter")
    visitor.reads("Ihre Schätzung")
    visitor.sees("Sie können etwa 750 Euro im Monat bekommen.")
    for step in visitor.page.locator(".questions summary").all():
        step.click()
    visitor.check_barriers()
    visitor.page.go_back()
    visitor.reads("Gibt es etwas Besonderes?")
    visitor.page.go_forward()
    apply = visitor.page.get_by_role("link", name="Antrag stellen", exact=True)
    assert apply.get_attribute("href") == "/sofortantrag"
