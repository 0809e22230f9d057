"""The studio in a real browser: from the brief to the licence, with the track playing."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Visit, running_browser, visit
from command_line import fresh_home
from playwright.sync_api import Browser
from service import Service, running_service

PLACE = "Number(document.getElementById('place').value)"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the journeys."""
    with running_service(fresh_home(tmp_path_factory.mktemp("studio") / "home")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the journeys."""
    with running_browser() as started:
        yield started


def looked_at(page: Visit) -> None:
    """The page as it stands has no violation, no error, and fits its width."""
    assert page.axe() == []
    assert page.wrong == []
    assert page.overflow() == 0


def advances(page: Visit) -> None:
    """The place in the music moves on while nobody touches it."""
    start = page.wait(f"{PLACE} > 0.2 && {PLACE}")
    page.wait(f"{PLACE} > {start + 0.5}")


@pytest.mark.needs("chromium", "node")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_from_a_brief_to_a_licence(
    service: Service, browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    """A producer makes a track, hears it and its stems, reads its record, takes its licence."""
    page = visit(browser, service.url, width, scheme)
    page.go("/")
    looked_at(page)
    page.page.fill("#key", service.key)
    page.page.click("text=Sign in >> nth=-1")
    page.page.wait_for_selector("#seconds")
    looked_at(page)
    page.page.check('input[value="calm"]', force=True)
    page.page.fill("#seconds", "8")
    page.page.click("text=Make the track")
    page.page.wait_for_selector("#job")
    looked_at(page)
    page.wait("document.getElementById('player') !== null")
    page.page.click("#play")
    advances(page)
    looked_at(page)
    page.wait("document.querySelector('.lane .rest').getAttribute('d')")
    page.page.click("#load")
    page.wait("!document.getElementById('mixer').hidden")
    advances(page)
    page.page.click(".solo >> nth=0")
    looked_at(page)
    assert "stands in its public log" in page.page.inner_text("#record")
    page.page.click("text=See terms and price")
    page.page.wait_for_selector("text=Accept and issue the licence")
    looked_at(page)
    page.page.click("text=Accept and issue the licence")
    with page.page.expect_download() as download:
        page.page.click("text=Certificate (PDF)")
    download.value.save_as(tmp_path / "certificate.pdf")
    assert (tmp_path / "certificate.pdf").read_bytes().startswith(b"%PDF-")
    looked_at(page)
    page.page.context.close()


@pytest.mark.needs("chromium", "node")
def test_with_the_keyboard_alone(service: Service, browser: Browser) -> None:
    """Signing in, choosing, making and playing need no pointer, and the focus can be seen."""
    page = visit(browser, service.url, 1280)
    page.go("/")
    keys = page.page.keyboard
    page.page.focus("#key")
    keys.type(service.key)
    keys.press("Enter")
    page.page.wait_for_selector("#seconds")
    page.page.focus('input[name="mood"]:checked')
    chosen = "document.querySelector('input[name=mood]:checked').value"
    before = page.page.evaluate(chosen)
    keys.press("ArrowRight")
    assert page.page.evaluate(chosen) != before
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.id") == "seconds"
    assert page.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    keys.press("ControlOrMeta+A")
    keys.type("6")
    keys.press("Enter")
    page.page.wait_for_selector("#job")
    page.wait("document.getElementById('player') !== null")
    page.page.focus("#place")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    page.wait(f"Math.abs({PLACE} - 2) < 0.3")
    keys.press(" ")
    page.wait(f"{PLACE} > 2.5")
    assert page.page.get_attribute("#play", "aria-label") == "Pause"
    assert page.wrong == []
    page.page.context.close()


@pytest.mark.needs("chromium", "node")
def test_a_link_that_signs_in(service: Service, browser: Browser) -> None:
    """The key behind # signs in, and leaves the address bar."""
    page = visit(browser, service.url, 1280)
    page.go(f"/sign-in#{service.key}")
    page.page.wait_for_selector("#seconds")
    assert service.key not in page.page.url
    page.page.go_back()
    assert service.key not in page.page.url
    page.page.context.close()


@pytest.mark.needs("chromium", "node")
def test_what_goes_wrong_is_told_and_mended(service: Service, browser: Browser) -> None:
    """A form sent twice orders once, a stopped worker is told, play may be pressed twice."""
    page = visit(browser, service.url, 390)
    page.go(f"/sign-in#{service.key}")
    page.page.wait_for_selector("#seconds")
    page.page.fill("#seconds", "6")
    os.kill(service.worker_pid, signal.SIGSTOP)
    try:
        page.page.dblclick("text=Make the track")
        page.page.wait_for_selector("#job")
        job = page.page.url
        page.wait("!document.getElementById('reason').hidden")
        assert "No worker makes tracks" in page.page.inner_text("#reason")
        looked_at(page)
        page.go("/")
        assert len(page.page.query_selector_all("a[href^='/jobs/']")) == 1
        page.page.goto(job)
    finally:
        os.kill(service.worker_pid, signal.SIGCONT)
    page.wait("document.getElementById('player') !== null")
    page.page.dblclick("#play")
    page.page.wait_for_timeout(500)
    assert page.page.is_hidden("#unplayable")
    page.page.context.close()
