"""Handing in from a phone: nothing is lost, whatever happens to tab, network and sign-in."""

import contextlib
import io
import re
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import CDPSession, Page, Route, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.models import Citizen
from portal.casefiles.models import Document, Original
from portal.core.vault import service as vault
from portal.uploads.models import Upload, UploadState
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories.accounts import citizen

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "grüner tee am morgen"
PAGE = "/unterlagen/neu"
LONG = 30_000


def oksana(session: Session) -> Citizen:
    return citizen(session, email="oksana@example.org", password_hash=passwords.hash_of(PASSWORD))


def statement(*lines: str, ballast: int = 0) -> bytes:
    """Write a PDF with lines of text, an earlier revision of itself, and so many bytes on top."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page = pdf.pages[0]
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    text = "".join(
        f"BT /F 20 Tf 60 {742 - 120 * row} Td ({line}) Tj ET\n" for row, line in enumerate(lines)
    )
    page.Contents = pdf.make_stream(text.encode())
    if ballast:
        noise = Image.effect_noise((ballast // 1000, 1000), 90).tobytes()
        page.Resources.XObject = pikepdf.Dictionary(
            I=pdf.make_stream(
                noise,
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=ballast // 1000,
                Height=1000,
                ColorSpace=pikepdf.Name.DeviceGray,
                BitsPerComponent=8,
            )
        )
    made = io.BytesIO()
    pdf.save(made, compress_streams=False)
    return made.getvalue()


def photo(word: str, *, blur: int = 0) -> bytes:
    """Take a picture of a sheet with one word on it, larger than what is sent."""
    sheet = Image.new("RGB", (3000, 4000), "white")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((150, 150, 2850, 3850), outline="black", width=12)
    for row in range(12):
        pen.text((300, 400 + 260 * row), word, fill="black", font_size=160)
    sheet = sheet.filter(ImageFilter.GaussianBlur(blur)) if blur else sheet
    made = io.BytesIO()
    sheet.save(made, "JPEG", quality=90)
    return made.getvalue()


class HandIn(Visitor):
    """Somebody on the page where papers are handed in."""

    def pick(self, *files: tuple[str, bytes]) -> None:
        types = {"pdf": "application/pdf", "jpg": "image/jpeg"}
        self.page.locator("input[name=files]").set_input_files(
            [
                {"name": name, "mimeType": types.get(name[-3:], ""), "buffer": content}
                for name, content in files
            ]  # type: ignore[arg-type]
        )

    def row(self, name: str) -> object:
        return self.page.locator(".upload__file", has_text=name)

    def has(self, name: str, state: str) -> None:
        row = self.page.locator(f'.upload__file[data-state="{state}"]', has_text=name)
        expect(row).to_be_visible(timeout=LONG)

    def names(self) -> list[str]:
        return [
            text.partition(",")[0] for text in self.page.locator(".upload__name").all_inner_texts()
        ]

    def do(self, deed: str, name: str) -> None:
        row = self.page.locator(".upload__file", has_text=name)
        row.locator(f'[data-deed="{deed}"]').click()

    def hand_in(self) -> None:
        self.page.get_by_label("Was geben Sie ab?").select_option("payslips")
        self.press("Jetzt abgeben")
        self.page.wait_for_url("**angekommen=*", timeout=LONG)


def kept(page: Page) -> int:
    """Count what lies in the browser's own database."""
    return int(
        page.evaluate(
            """async () => {
              const known = await indexedDB.databases();
              if (!known.some(({ name }) => name === "sealed")) return 0;
              const open = indexedDB.open("sealed");
              await new Promise((done) => { open.onsuccess = done; });
              const all = open.result.transaction("bodies").objectStore("bodies").count();
              await new Promise((done) => { all.onsuccess = done; });
              open.result.close();
              return all.result;
            }"""
        )
    )


def slow_down(page: Page, bytes_a_second: int) -> CDPSession:
    """Let the network of this page be a bad one."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 20,
            "downloadThroughput": -1,
            "uploadThroughput": bytes_a_second,
        },
    )
    return cdp


def sent_files(office: Office) -> list[bytes]:
    """Return what lies in the file of the person, in order."""

    def read(session: Session) -> list[bytes]:
        originals = session.scalars(
            select(Original)
            .join(Document, Original.document_id == Document.id)
            .order_by(Document.received_at, Document.id, Original.number)
        )
        return [vault.read(session, original.file_id) for original in originals]

    return office.do(read)


def test_a_closed_tab_and_a_killed_server_lose_nothing(office: Office, open_page: OpenPage) -> None:
    """Given a slow network, when server and tab die while a file goes up, then it goes on."""
    content = statement("Lohnabrechnung", ballast=6_000_000)
    first = HandIn(open_page(office.do(oksana), width=360))
    first.go(PAGE)
    slow_down(first.page, 1_500_000)
    first.pick(("lohn.pdf", content))
    first.has("lohn.pdf", "sending")
    expect(first.page.locator(".upload__file progress")).not_to_have_js_property("value", 0)
    first.page.wait_for_timeout(1500)
    office.kill("web")
    first.has("lohn.pdf", "waiting")
    assert kept(first.page) == 1
    context = first.page.context
    first.page.close()

    before = office.do(lambda session: session.scalars(select(Upload)).one().id)
    office.start("web")
    again = HandIn(context.new_page())
    again.go(PAGE)
    again.has("lohn.pdf", "ready")
    assert office.do(lambda session: session.scalars(select(Upload)).one().id) == before
    again.sees("Die Datei ist da.")
    again.check_barriers()
    again.hand_in()
    assert sent_files(office) == [content]
    again.go(PAGE)
    expect(again.page.locator(".upload__file")).to_have_count(0)
    assert kept(again.page) == 0


def test_a_dead_network_and_an_expired_sign_in_lose_nothing(
    office: Office, open_page: OpenPage
) -> None:
    """Given no network, then no sign-in, when they come back, then everything goes on by itself."""
    visitor = HandIn(open_page(office.do(oksana), width=360))
    visitor.go(PAGE)
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.context.set_offline(True)
    visitor.pick(("lohn.pdf", statement("Lohnabrechnung")))
    visitor.has("lohn.pdf", "offline")
    visitor.sees("Kein Netz.")
    visitor.check_barriers()
    visitor.page.context.set_offline(False)
    visitor.has("lohn.pdf", "ready")

    visitor.page.context.clear_cookies()
    visitor.pick(("bescheid.pdf", statement("Bescheid")))
    visitor.sees("Sie sind abgemeldet.")
    visitor.check_barriers()
    visitor.follow("Anmelden und weitermachen")
    visitor.reads("Anmelden")
    visitor.page.get_by_label("E-Mail-Adresse oder Handynummer").fill("oksana@example.org")
    visitor.types("Passwort", PASSWORD)
    visitor.press("Anmelden")
    for name in ("lohn.pdf", "bescheid.pdf"):
        visitor.has(name, "ready")
    visitor.sees("Alle 2 Dateien sind da.")


def test_check_12_what_the_browser_keeps_is_sealed_and_gone_after_signing_out(
    office: Office, open_page: OpenPage
) -> None:
    """Given a file that waits for the network, then a thief of the disk reads nothing of it."""
    visitor = HandIn(open_page(office.do(oksana), width=360))
    visitor.go(PAGE)
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.context.set_offline(True)
    visitor.pick(("geheimer-name.pdf", statement("KANARIENVOGEL")))
    visitor.has("geheimer-name.pdf", "offline")
    assert kept(visitor.page) == 1
    everything = visitor.page.evaluate(
        """async () => {
          const open = indexedDB.open("sealed");
          await new Promise((done) => { open.onsuccess = done; });
          const words = [];
          for (const name of ["heads", "bodies"]) {
            const all = open.result.transaction(name).objectStore(name).getAll();
            await new Promise((done) => { all.onsuccess = done; });
            for (const one of all.result) {
              words.push(new TextDecoder("latin1").decode(one.head ?? one));
            }
          }
          open.result.close();
          return words.join() + JSON.stringify(localStorage) + JSON.stringify(sessionStorage);
        }"""
    )
    assert len(everything) > 500
    assert "KANARIENVOGEL" not in everything
    assert "geheimer" not in everything
    visitor.page.context.set_offline(False)
    visitor.has("geheimer-name.pdf", "ready")
    visitor.page.locator(".site-menu summary").click()
    visitor.page.get_by_role("button", name="Abmelden").first.click()
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.page.evaluate("indexedDB.databases()") == []


def test_photos_become_one_document_in_the_wanted_order(
    office: Office, open_page: OpenPage
) -> None:
    """Given photos from gallery and camera, when put in order, then they are pages of one paper."""
    visitor = HandIn(open_page(office.do(oksana), width=360))
    visitor.go(PAGE)
    big = photo("EINS")
    blurred = photo("UNSCHARF", blur=40)
    visitor.pick(("b.jpg", photo("ZWEI")), ("a.jpg", big), ("weg.jpg", photo("WEG")))
    visitor.pick(("verwackelt.jpg", blurred), ("trotzdem.jpg", blurred))
    for name in ("a.jpg", "b.jpg", "weg.jpg", "verwackelt.jpg", "trotzdem.jpg"):
        visitor.has(name, "ready")
    visitor.do("up", "a.jpg")
    visitor.do("remove", "weg.jpg")
    expect(visitor.page.locator(".upload__warning", has_text="unscharf")).to_have_count(2)
    visitor.check_barriers()
    visitor.do("accept", "trotzdem.jpg")
    visitor.do("retake", "verwackelt.jpg")
    camera = visitor.page.get_by_role("dialog", name="Seiten fotografieren")
    expect(camera.locator("video")).not_to_have_js_property("videoWidth", 0)
    camera.get_by_role("button", name="Foto machen").click()
    camera.get_by_role("button", name="Fertig").click()
    expect(camera).to_be_hidden()
    expect(visitor.page.locator(".upload__warning", has_text="unscharf")).to_have_count(0)
    visitor.press("Seiten fotografieren")
    expect(camera.locator("video")).not_to_have_js_property("videoWidth", 0)
    visitor.check_barriers()
    camera.get_by_role("button", name="Foto machen").click()
    camera.get_by_role("button", name="Noch einmal").click()
    camera.get_by_role("button", name="Foto machen").click()
    camera.get_by_role("button", name="Nächste Seite").click()
    camera.get_by_role("button", name="Foto machen").click()
    camera.get_by_role("button", name="Fertig").click()
    expect(camera).to_be_hidden()
    expect(visitor.page.locator('.upload__file[data-state="ready"]')).to_have_count(6, timeout=LONG)
    names = [re.sub("^Foto-.*", "Foto", name) for name in visitor.names()]
    assert names == ["a.jpg", "b.jpg", "Foto", "trotzdem.jpg", "Foto", "Foto"]
    for width, scheme in ((360, "light"), (1280, "dark")):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        visitor.check_barriers()
    visitor.picture("hand-in")
    visitor.hand_in()
    sent = sent_files(office)
    assert len(sent) == 6
    assert office.do(lambda session: len(session.scalars(select(Document)).all())) == 1
    with Image.open(io.BytesIO(sent[0])) as first:
        assert max(first.size) == 2400
        assert not first.getexif()
    assert len(sent[0]) < len(big)


def test_an_office_file_is_refused_with_a_way_out(office: Office, open_page: OpenPage) -> None:
    """Given a file that nobody can take, then the page says so beside it, without sending it."""
    visitor = HandIn(open_page(office.do(oksana), width=360))
    visitor.go(PAGE)
    visitor.pick(("lebenslauf.docx", b"PK"), ("lohn.pdf", statement("Lohn")))
    visitor.has("lebenslauf.docx", "refused")
    visitor.sees("Speichern Sie das Dokument als PDF")
    visitor.has("lohn.pdf", "ready")
    visitor.check_barriers()
    assert office.do(lambda session: len(session.scalars(select(Upload)).all())) == 1
    visitor.press("Jetzt abgeben")
    visitor.sees("Entfernen Sie zuerst die Datei")
    visitor.do("remove", "lebenslauf.docx")
    visitor.hand_in()


def test_what_was_picked_before_the_script_was_there_is_sent(
    office: Office, open_page: OpenPage
) -> None:
    """Given a slow line, when somebody is quicker than the script, then nothing picked is lost."""
    visitor = HandIn(open_page(office.do(oksana), width=360))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    visitor.page.route("**/components/upload.js*", hold)
    visitor.go(PAGE)
    visitor.pick(("lohn.pdf", statement("Lohn")))
    expect(visitor.page.locator(".upload__file")).to_have_count(0)
    held[0].continue_()
    visitor.has("lohn.pdf", "ready")
    visitor.hand_in()
    assert len(sent_files(office)) == 1


def black_out(visitor: HandIn, top: float, bottom: float) -> None:
    """Drag a field across the page, in parts of its height."""
    box = visitor.page.locator("[data-redaction][open] [data-sheet]").bounding_box()
    assert box
    mouse = visitor.page.mouse
    mouse.move(box["x"] + 2, box["y"] + top * box["height"])
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + bottom * box["height"])
    mouse.move(box["x"] + box["width"] - 2, box["y"] + bottom * box["height"])
    mouse.up()


def ocr(picture: Image.Image, tmp_path: Path) -> str:
    """Read a picture as a machine does."""
    path = tmp_path / "page.png"
    picture.save(path)
    done = subprocess.run(["tesseract", path, "-"], capture_output=True, text=True, check=True)
    return done.stdout


def test_check_36_what_is_blacked_out_never_leaves_the_device(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    """Given a bank statement, when the payee is blacked out, then nothing of it was ever sent."""
    content = statement("GEHALT 1250,00", "PRAXIS KANARIENVOGEL", "MIETE 480,00")
    visitor = HandIn(open_page(office.do(oksana), width=1280, height=1400))
    bodies: list[bytes] = []
    visitor.page.on("request", lambda request: bodies.append(request.post_data_buffer or b""))
    visitor.go(PAGE)
    visitor.page.locator(".redaction-help summary").click()
    visitor.check_barriers()
    with visitor.page.expect_file_chooser() as chooser:
        visitor.press("Datei aussuchen und schwärzen")
    chooser.value.set_files(
        {"name": "auszug.pdf", "mimeType": "application/pdf", "buffer": content}
    )
    dialog = visitor.page.get_by_role("dialog", name="Stellen schwärzen")
    expect(dialog.get_by_text("Seite 1 von 1. Noch nichts geschwärzt.")).to_be_visible(timeout=LONG)
    black_out(visitor, 0.23, 0.29)
    expect(dialog.get_by_text("1 Feld auf dieser Seite.")).to_be_visible()
    dialog.get_by_role("button", name="Feld setzen").click()
    expect(dialog.get_by_role("button", name=re.compile("^Schwarzes Feld 2"))).to_be_focused()
    visitor.page.keyboard.press("Shift+ArrowRight")
    visitor.check_barriers()
    visitor.page.keyboard.press("Delete")
    expect(dialog.get_by_text("1 Feld auf dieser Seite.")).to_be_visible()
    visitor.picture("redaction")
    dialog.get_by_role("button", name="Geschwärzt senden").click()
    visitor.has("auszug-geschwaerzt.pdf", "ready")
    visitor.sees("Geschwärzt.")

    def read(session: Session) -> tuple[UploadState, bool, bytes]:
        upload = session.scalars(select(Upload)).one()
        return upload.state, upload.is_redacted, vault.read(session, upload.file_id)

    state, is_redacted, sent = office.do(read)
    assert (state, is_redacted) == (UploadState.READY, True)
    assert not [body for body in bodies if b"KANARIENVOGEL" in body]
    check_holds_only_pixels(sent)
    with contextlib.closing(pypdfium2.PdfDocument(sent)) as paper:
        assert len(paper) == 1
        with contextlib.closing(paper[0].get_textpage()) as text:
            assert text.get_text_range() == ""
        words = ocr(paper[0].render(scale=3).to_pil(), tmp_path)
    assert "1250,00" in words, words
    assert "480,00" in words, words
    assert "KANARIEN" not in words.upper()
    assert "PRAXIS" not in words.upper()
    with pikepdf.open(io.BytesIO(sent)) as pdf:
        (image,) = (one for one in pdf.objects if one.get("/Subtype") == pikepdf.Name.Image)
        extracted = pikepdf.PdfImage(image).as_pil_image()
    assert "KANARIEN" not in ocr(extracted, tmp_path).upper()
    band = extracted.convert("L").crop(
        (20, int(0.235 * extracted.height), extracted.width - 20, int(0.285 * extracted.height))
    )
    assert band.getextrema()[1] < 16, "black all over"


def check_holds_only_pixels(sent: bytes) -> None:
    """Look at the structure: one revision, no text, no fonts, no facts about its making."""
    assert sent.count(b"%%EOF") == 1
    assert b"/Prev" not in sent
    assert b"KANARIENVOGEL" not in sent
    with pikepdf.open(io.BytesIO(sent)) as pdf:
        assert not pdf.docinfo
        assert "/Metadata" not in pdf.Root
        kinds = [one.get("/Type") for one in pdf.objects if isinstance(one, pikepdf.Dictionary)]
        assert pikepdf.Name.Font not in kinds
        for one in pdf.objects:
            if isinstance(one, pikepdf.Stream):
                assert b"KANARIENVOGEL" not in one.read_raw_bytes()
