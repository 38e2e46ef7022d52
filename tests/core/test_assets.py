"""Style sheets and scripts: few, cached for good, and never an old one."""

import gzip
import json
import re

from portal.core import paths


def _links(client) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").get_data(as_text=True))


def test_everything_a_page_names_is_there(client):
    for address in _links(client):
        assert client.get(address, buffered=True).status_code == 200, address


def test_the_joined_style_sheet_is_kept_for_good(client):
    [address] = [link for link in _links(client) if "/css/portal-" in link]
    answer = client.get(address)
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    for picture in re.findall(r'url\("([^"]+)"\)', answer.get_data(as_text=True)):
        assert client.get(picture, buffered=True).status_code == 200, picture


def test_an_old_style_sheet_is_gone(client):
    assert client.get("/static/css/portal-0.css").status_code == 404


def test_each_script_has_its_fingerprint(client):
    page = client.get("/").get_data(as_text=True)
    found = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page)
    assert found
    imports = json.loads(found[1])["imports"]
    for script in (paths.STATIC / "js").rglob("*.js"):
        name = f"/static/{script.relative_to(paths.STATIC).as_posix()}"
        assert re.fullmatch(re.escape(name) + r"\?v=[0-9a-f]{12}", imports[name])


def test_the_first_visit_is_light(client):
    """Bytes over the wire as a proxy with gzip sends them; fonts for a German page."""
    page = client.get("/", headers={"Accept-Language": "de"})
    wire = len(gzip.compress(page.data))
    for address in _links(client):
        wire += len(gzip.compress(client.get(address, buffered=True).data))
    fonts = [*(paths.STATIC / "vendor" / "fonts").glob("fira-sans-latin-[46]00-*.woff2")]
    assert len(fonts) == 2
    assert wire + sum(font.stat().st_size for font in fonts) < 120_000


def test_check_23_papers_are_opened_in_one_place_and_run_nothing() -> None:
    """Papers of the file are pictures; pdf.js opens only one's own file, before it is sent."""
    scripts = {path.name: path.read_text("utf-8") for path in (paths.STATIC / "js").rglob("*.js")}
    assert [name for name, text in scripts.items() if "getDocument" in text] == ["pictures.js"]
    for setting in ("isEvalSupported: false", "enableXfa: false", "useWasm: false"):
        assert setting in scripts["pictures.js"]
    shipped = [path.name for path in (paths.STATIC / "vendor").glob("pdfjs-dist-*/*")]
    assert "pdf.min.mjs" in shipped
    assert [name for name in shipped if "sandbox" in name or "viewer" in name] == []
    assert [name for name in shipped if name.endswith(".wasm")] == []
