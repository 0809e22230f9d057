"""Debian's Chromium driven by Playwright, with a watch on what a page must not do.

Waiting polls with `evaluate`: the pages' Content-Security-Policy forbids the `eval` that
Playwright's own waiting for a function uses.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright
from skips import find_program

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WAIT_SECONDS = 600


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A fresh headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_program("chromium")), args=ARGUMENTS
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page with everything that went wrong on it: console errors, exceptions, lost requests."""

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a path of the service."""
        self.page.goto(self.url + path)

    def wait(self, expression: str, seconds: float = WAIT_SECONDS) -> Any:
        """Poll a JavaScript expression until it is true; its value."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(Error):  # the page was left while it was asked
                value = self.page.evaluate(expression)
                if value:
                    return value
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{expression} did not come true on {self.page.url}")

    def axe(self) -> list[str]:
        """The violations that axe-core finds on the page as it is, as `rule: element`."""
        source = Path(os.environ["CLEARCUE_NODE_MODULES"]) / "axe-core" / "axe.min.js"
        self.page.evaluate(source.read_text())
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: tags}).then(result => result.violations)", AXE_TAGS
        )
        return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )


def visit(browser: Browser, url: str, width: int, scheme: str = "light") -> Visit:
    """A page in a context of its own, `width` pixels wide, without transitions."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    found = Visit(context.new_page(), url)
    found.page.on(
        "console",
        lambda message: message.type in ("error", "warning") and found.wrong.append(message.text),
    )
    found.page.on("pageerror", lambda error: found.wrong.append(str(error)))
    found.page.on(
        "response",
        lambda answer: answer.status >= 400 and found.wrong.append(f"{answer.status} {answer.url}"),
    )
    return found
