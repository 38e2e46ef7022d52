"""What is changed in the design system on its way to the browser."""

from portal.core import paths
from portal.dev import vendor


def test_colours_become_hex():
    assert "color:#ffffff" in vendor.slim("a { color: oklch(100% 0 0); }")
    assert "color:#131525" in vendor.slim("a { color: oklch(20.23% 0.0321 277.67); }")


def test_sides_become_logical():
    css = vendor.slim("a { margin-left: 1px; left: 0; text-align: right; --my-left: 1px }")
    assert "margin-inline-start:1px;inset-inline-start:0;text-align:end;--my-left:1px" in css


def test_utilities_stay_out():
    css = vendor.slim(".kern-btn{color:red}\n/**\n * @file _grid.scss\n */\n.kern-row{color:red}")
    assert ".kern-btn" in css
    assert ".kern-row" not in css


def test_the_pages_name_what_is_there():
    assert (paths.STATIC / "vendor" / "fonts" / "fonts.css").is_file()
    base = (paths.TEMPLATES / "layouts" / "base.html").read_text("utf-8")
    assert list(paths.STATIC.glob("vendor/kern-*/kern.css"))
    for sheet in paths.STATIC.glob("vendor/kern-*/kern.css"):
        assert sheet.relative_to(paths.STATIC).as_posix() in base
