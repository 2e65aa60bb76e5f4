"""The page in a real Chromium: no console message, no request, tables sort, downloads hold the figure's data."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt-get install chromium"),
]


class Visit:
    """One load of a page: the console's messages, the addresses asked for, and the page afterwards."""

    def __init__(self, page: str, folder: Path, width: int = 1024) -> None:
        folder.mkdir()
        path, netlog = folder / "page.html", folder / "net.json"
        path.write_text(page)
        command = [
            str(CHROMIUM), *QUIET, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={netlog}",
            "--enable-logging=stderr", "--v=0", f"--window-size={width},2000", "--virtual-time-budget=5000",
            "--dump-dom", path.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        self.dom = done.stdout
        self.console = re.findall(r"CONSOLE[^\]]*\] (.*)", done.stderr)
        self.requests = _addresses(netlog)


def _addresses(netlog: Path) -> set[str]:
    """Addresses that the page asked for; the log of a killed network service lacks its last bracket."""
    text = netlog.read_text().rstrip().rstrip(",")
    try:
        events = json.loads(text)["events"]
    except json.JSONDecodeError:
        events = json.loads(text + "]}")["events"]
    asked = [event.get("params", {}) for event in events]
    # The browser asks for things of its own; what the page asks for is isolated under the page's file.
    of_page = {p["url"] for p in asked if str(p.get("network_isolation_key")).startswith("file:")}
    return {address for address in of_page if not address.startswith(("file:", "data:", "blob:"))}


def with_script(page: str, script: str) -> str:
    return page.replace("</body>", f"<script>{script}</script></body>")


def test_the_checks_see_an_error_and_a_request(tmp_path: Path) -> None:
    page = "<!DOCTYPE html><body><img src='http://127.0.0.1:9/x.png'><script>console.error('planted')</script></body>"
    visit = Visit(page, tmp_path / "visit")
    assert any("planted" in line for line in visit.console)
    assert "http://127.0.0.1:9/x.png" in visit.requests


@pytest.mark.parametrize("name", ["whole_page", "single_page", "hundred_page"])
def test_the_page_opens_in_silence(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    visit = Visit(request.getfixturevalue(name), tmp_path / "visit")
    assert visit.console == []
    assert visit.requests == set()
    assert "How to read this" in visit.dom


@pytest.mark.parametrize(
    ("name", "width"),
    [("whole_page", 390), ("hundred_page", 390), ("hundred_page", 1024), ("whole_page", 1920)],
)
def test_nothing_sticks_out_sideways(
    name: str, width: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page = request.getfixturevalue(name)
    # Headless Chromium has a smallest window width, so the page is measured in a frame of the asked width.
    script = """
      const frame = document.createElement("iframe");
      frame.width = WIDTH; frame.height = 3000; frame.style.border = 0; frame.srcdoc = page;
      frame.onload = () => {
        const inner = frame.contentDocument;
        for (const details of inner.querySelectorAll("details")) details.open = true;
        const root = inner.documentElement;
        document.title = `${root.scrollWidth} of ${root.clientWidth} in ${frame.clientWidth}`;
      };
      document.body.append(frame);
    """.replace("WIDTH", str(width))
    outer = f"<!DOCTYPE html><title></title><body><script>const page = {_literal(page)};{script}</script>"
    visit = Visit(outer, tmp_path / "visit", width=2000)
    (seen,) = re.findall(r"<title>(\d+ of \d+ in \d+)</title>", visit.dom)
    scroll, client, frame = (int(number) for number in re.findall(r"\d+", seen))
    assert (scroll, frame) == (client, width)


def _literal(text: str) -> str:
    return json.dumps(text).replace("</", "<\\/").replace("<!--", "<\\!--")


def test_a_click_on_a_heading_sorts_and_a_second_one_reverses(failing_page: str, tmp_path: Path) -> None:
    script = """
      const table = document.querySelector("#table-models");
      const names = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent).join(" ");
      const heading = [...table.tHead.rows[0].cells].find((cell) => cell.textContent.startsWith("parameters"));
      const button = heading.querySelector("button");
      button.click(); const up = names(); button.click();
      document.title = up + " | " + names() + " | " + heading.getAttribute("aria-sort");
    """
    visit = Visit(with_script(failing_page, script), tmp_path / "visit")
    (title,) = re.findall(r"<title>(.*?)</title>", visit.dom)[:1]
    up = ["scalecnn-4", "scalecnn-8", "scalecnn-16", "mobilenetv2-0.35"]
    assert title.split(" | ") == [" ".join(up), " ".join(reversed(up)), "descending"]


def test_a_chosen_class_opens_its_images_and_a_link_does_too(whole_page: str, tmp_path: Path) -> None:
    script = """
      const [model, ofClass] = document.querySelectorAll(".picker select");
      const pick = (select, index) => { select.selectedIndex = index; select.dispatchEvent(new Event("change")); };
      const open = () => [...document.querySelectorAll("details.images[open]")].map((part) => part.id).join(" ");
      pick(model, 1); pick(ofClass, 1); const chosen = open();
      const folded = document.querySelectorAll("details.model")[2];
      const link = folded.querySelector("tbody a");
      addEventListener("hashchange", () => {
        document.title = [chosen, link.hash.slice(1), folded.open && open().includes(link.hash.slice(1))].join(" | ");
      });
      link.click();
    """
    visit = Visit(with_script(whole_page, script), tmp_path / "visit")
    (title,) = re.findall(r"<title>(.*?)</title>", visit.dom)[:1]
    chosen, linked, opened = title.split(" | ")
    assert chosen.startswith("images-scalecnn-8-") and " " not in chosen
    assert linked.startswith("images-scalecnn-16-") and opened == "true"


def test_downloads_hold_the_drawing_and_its_numbers(
    failing_page: str, failing_figures: list[Any], tmp_path: Path
) -> None:
    script = """
      const saved = [];
      URL.createObjectURL = (blob) => { saved.push(blob); return "#saved"; };
      for (const button of document.querySelectorAll("#figure-error [data-download]")) button.click();
      Promise.all(saved.map((blob) => blob.text())).then((texts) => {
        const out = document.createElement("pre");
        out.id = "out"; out.textContent = JSON.stringify(texts.map((text) => btoa(encodeURIComponent(text))));
        document.body.append(out);
      });
    """
    visit = Visit(with_script(failing_page, script), tmp_path / "visit")
    (encoded,) = re.findall(r'<pre id="out">(.*?)</pre>', visit.dom)
    svg, csv = (_decoded(text) for text in json.loads(encoded))
    (figure,) = [figure for figure in failing_figures if figure.id == "error"]
    assert csv == figure.csv
    assert svg.startswith("<svg") and "top-1 error" in svg and 'xmlns="http://www.w3.org/2000/svg"' in svg


def _decoded(text: str) -> str:
    from base64 import b64decode
    from urllib.parse import unquote

    return unquote(b64decode(text).decode())
