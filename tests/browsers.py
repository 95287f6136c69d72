"""The console in a real browser: served on a loopback port, looked at with axe-core, photographed."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette

CHROMIUM = Path("/usr/bin/chromium")
# Without these, headless Chromium looks up its maker's hosts at every start.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
# Another process tests beside this one.
expect.set_options(timeout=20_000)
SIZES = {360: {"width": 360, "height": 740}, 1280: {"width": 1280, "height": 800}}

__all__ = ["SIZES", "chromium", "look_at", "serve", "watched"]


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Debian's Chromium, or a skip. more: what else stands on its command line."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET, *more])
        yield started
        started.close()


@contextmanager
def serve(app: Starlette) -> Iterator[str]:
    """The address of the app on a free loopback port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


@contextmanager
def watched(
    browser: Browser, url: str, width: int, locale: str, *, javascript: bool = True
) -> Iterator[Page]:
    """A page; in the end nothing was forbidden by its policy, nothing failed, and nobody else was asked for anything."""
    context = browser.new_context(viewport=SIZES[width], locale=locale, java_script_enabled=javascript)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(15_000)
    problems: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert problems == []
    assert [address for address in asked if not address.startswith(url)] == []


def look_at(page: Page, name: str, folder: Path) -> None:
    """Fails on a serious fault of accessibility, and on a page wider than its window; keeps a picture.

    What can be unfolded is unfolded and looked at a second time, and folded again.
    Pictures go to `folder`, or to NGOZI_TEST_SCREENSHOTS where somebody wants to look at them.
    """
    kept = Path(os.environ.get("NGOZI_TEST_SCREENSHOTS") or folder)
    kept.mkdir(parents=True, exist_ok=True)
    _judge(page, name, kept)
    if page.evaluate(_UNFOLD):
        _judge(page, f"{name}-open", kept)
        page.evaluate(_FOLD)


_UNFOLD = """() => {
  const shut = [...document.querySelectorAll("details:not([open])")];
  for (const one of shut) { one.open = true; one.dataset.unfolded = ""; }
  return shut.length;
}"""
_FOLD = """() => {
  for (const one of document.querySelectorAll("[data-unfolded]")) { one.open = false; delete one.dataset.unfolded; }
}"""


def _judge(page: Page, name: str, kept: Path) -> None:
    page.screenshot(path=kept / f"{name}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"
    found = Axe().run(page).response["violations"]
    assert [
        (v["id"], v["impact"], [node["target"] for node in v["nodes"]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ] == [], name
