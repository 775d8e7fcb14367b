"""The pictures of docs/images, taken from a running demonstration site.

    python -m tests.browser.shots http://127.0.0.1:8000 PASSWORD

``PASSWORD`` is the one that `make run` prints. Needs `make install-browser` and Chromium. Pictures
are 1366 by 768, written with a palette, so that each stays under 200 KB.
"""

from __future__ import annotations

import os
import shutil
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZE = {"width": 1366, "height": 768}
LEAD = "city02"


def main() -> None:
    site, password = sys.argv[1:3]
    found = os.environ.get("SANDBOX_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(base_url=site, viewport=SIZE, locale="zh-CN")
        page.goto("/accounts/login/")
        page.fill("[name=username]", LEAD)
        page.fill("[name=password]", password)
        page.click("main button[type=submit]")
        page.wait_for_selector("[data-last-run]")
        page.goto("/?figures=now")
        shoot(page, "home")
        page.goto("/entities/?ground=inside")
        page.wait_for_selector("[name=ids]")
        shoot(page, "list")
        page.goto("/entities/?ground=credit&letter=A")
        page.goto(f"/entities/{page.locator('[name=ids]').first.get_attribute('value')}/")
        shoot(page, "entity")
        page.goto("/runs/")
        page.locator("main a[href^='/runs/'][href$='/']").first.click()
        page.wait_for_selector("#run")
        shoot(page, "runs")
        browser.close()


def shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    path = FOLDER / f"{name}.png"
    path.write_bytes(with_palette(page.screenshot()))
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


def with_palette(png: bytes) -> bytes:
    """Return a picture of 8-bit colors as one with a palette of the commonest 256."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) in ((8, 2), (8, 6)), "Chromium writes 8-bit RGB or RGBA."
    pixels = list(colors(png, width, height, 4 if kind == 6 else 3))
    palette = [color for color, _ in Counter(pixels).most_common(256)]
    number = {color: index for index, color in enumerate(palette)}
    for color in set(pixels) - number.keys():
        number[color] = number[nearest(color, palette)]
    rows = (
        b"\0" + bytes(number[color] for color in pixels[at : at + width])
        for at in range(0, width * height, width)
    )
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(value for color in palette for value in color)),
        (b"IDAT", zlib.compress(b"".join(rows), 9)),
        (b"IEND", b""),
    )
    return png[:8] + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def nearest(color: tuple[int, ...], palette: list[tuple[int, ...]]) -> tuple[int, ...]:
    return min(palette, key=lambda one: sum(abs(a - b) for a, b in zip(one, color, strict=True)))


def colors(png: bytes, width: int, height: int, size: int) -> Iterator[tuple[int, ...]]:
    """Read the pixels of a picture, row by row, undoing the filters of the format."""
    raw = zlib.decompress(b"".join(data for name, data in chunks(png) if name == b"IDAT"))
    stride = width * size
    before = bytes(stride)
    for row in range(height):
        start = row * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        unfilter(raw[start], line, before, size)
        before = bytes(line)
        yield from (tuple(line[at : at + 3]) for at in range(0, stride, size))


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def unfilter(kind: int, line: bytearray, before: bytes, size: int) -> None:
    """Undo one of the five filters in place; ``before`` is the row above."""
    if kind == 0:
        return
    for at, value in enumerate(line):
        left = line[at - size] if at >= size else 0
        corner = before[at - size] if at >= size else 0
        up = before[at]
        guess = (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]
        line[at] = (value + guess) & 255


def paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


if __name__ == "__main__":
    main()
