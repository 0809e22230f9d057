"""Fetching an archive from a server on this machine: whole, broken off and continued, too large."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clearcue.adapters.packs.fetching import fetch
from clearcue.adapters.packs.source import PackSourceError

CONTENT = bytes(range(256)) * 4000


@dataclass
class Site:
    """What the server does: break off after some bytes, and whether the file is still the same."""

    address: str = ""
    break_after: int | None = None
    etag: str = '"one"'
    ranges: list[str | None] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    """A server for one test."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        """Serves CONTENT, with ranges; `/away` redirects to another machine."""

        def do_GET(self) -> None:
            """Answer."""
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "http://example.org/songs.zip")
                self.end_headers()
                return
            if self.path != "/songs.zip":
                self.send_error(404)
                return
            asked = self.headers.get("Range")
            site.ranges.append(asked)
            same = self.headers.get("If-Range") == site.etag
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and same else 0
            self.send_response(206 if start else 200)
            self.send_header("ETag", site.etag)
            self.send_header("Content-Length", str(len(CONTENT) - start))
            self.end_headers()
            self.wfile.write(CONTENT[start : site.break_after])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}/songs.zip"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def _quiet(stage: str, done: int, total: int) -> None:
    del stage, done, total


def test_a_whole_archive_is_fetched(site: Site, tmp_path: Path) -> None:
    """The bytes are those of the server, progress is told, and nothing else is left behind."""
    told: list[tuple[str, int, int]] = []
    path = fetch(site.address, tmp_path / "songs", lambda *args: told.append(args))
    assert path.read_bytes() == CONTENT
    assert told[-1] == ("fetching", len(CONTENT), len(CONTENT))
    assert list(tmp_path.iterdir()) == [path]


def test_a_broken_transfer_goes_on(site: Site, tmp_path: Path) -> None:
    """The second try asks for the rest alone, and the whole is right."""
    site.break_after = 300_000
    with pytest.raises(PackSourceError, match="try again to continue"):
        fetch(site.address, tmp_path / "songs", _quiet)
    site.break_after = None
    assert fetch(site.address, tmp_path / "songs", _quiet).read_bytes() == CONTENT
    assert site.ranges == [None, "bytes=300000-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    """A new entity tag on the server means that what came before is thrown away."""
    site.break_after = 300_000
    with pytest.raises(PackSourceError, match="try again"):
        fetch(site.address, tmp_path / "songs", _quiet)
    site.break_after, site.etag = None, '"two"'
    assert fetch(site.address, tmp_path / "songs", _quiet).read_bytes() == CONTENT


def test_more_than_the_limit_is_not_kept(site: Site, tmp_path: Path) -> None:
    """An archive beyond the limit is refused, and what came of it removed."""
    with pytest.raises(PackSourceError, match="larger than 1000 bytes"):
        fetch(site.address, tmp_path / "songs", _quiet, limit=1000)
    assert not (tmp_path / "songs.part").exists()


def test_a_redirect_to_elsewhere_is_not_followed(site: Site, tmp_path: Path) -> None:
    """A server cannot send us where the user could not have."""
    away = site.address.replace("songs.zip", "away")
    with pytest.raises(PackSourceError, match=r"example\.org"):
        fetch(away, tmp_path / "songs", _quiet)


def test_a_server_that_refuses_is_one_line(site: Site, tmp_path: Path) -> None:
    """A missing file is told with the server's code, a dead address as unreachable."""
    with pytest.raises(PackSourceError, match="answers 404"):
        fetch(site.address + "x", tmp_path / "songs", _quiet)
    with pytest.raises(PackSourceError, match="cannot be reached"):
        fetch("http://127.0.0.1:9/songs.zip", tmp_path / "songs", _quiet)
