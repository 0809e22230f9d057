"""Fetching a pack's archive from an address that the user typed; nothing else is ever fetched.

Only `https:` and `file:` are taken, and `http:` to this very machine. In this order:

1. the address is one of those, and so is every one that it is redirected to;
2. what an earlier, broken transfer left is continued where the server still has the same file;
3. no more than the limit is written;
4. the whole file is put in its place at once.

What was fetched is not trusted: each file in it must have the hash that the manifest says.
"""

import ipaddress
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from clearcue.adapters.packs.source import PackSourceError

MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024
TIMEOUT_SECONDS = 60
_CHUNK = 1024 * 1024

Progress = Callable[[str, int, int], None]


def is_address(text: str) -> bool:
    """Whether the user typed an address rather than a path."""
    return "://" in text or text.startswith("file:")


def local_path(address: str) -> Path | None:
    """The path of a `file:` address, else None."""
    parts = urlsplit(address)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


class _Checked(urllib.request.HTTPRedirectHandler):
    """Follows redirects only to addresses that the user could have typed."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        """Check where it leads, then follow."""
        check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_address(address: str) -> None:
    """Refuse an address that is not fetched.

    Raises:
        PackSourceError: when it is not `https:`, nor `http:` to this machine.
    """
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and _is_this_machine(parts.hostname):
        return
    raise PackSourceError(f"{address}: give an https: or file: address, a folder or an archive")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def fetch(address: str, path: Path, progress: Progress, limit: int = MAX_ARCHIVE_BYTES) -> Path:
    """Fetch an archive to a path, or continue; `path` with `.part` beside it holds what came.

    Raises:
        PackSourceError: when the address is refused or does not answer, or more than the limit
            comes.
    """
    check_address(address)  # 1
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    opener = urllib.request.build_opener(_Checked())
    try:
        with opener.open(_request(address, part), timeout=TIMEOUT_SECONDS) as answer:
            _receive(answer, address, part, progress, limit)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            part.unlink(missing_ok=True)
            raise PackSourceError(f"{address}: the transfer broke; try again") from error
        raise PackSourceError(f"{address}: the server answers {error.code}") from error
    except urllib.error.URLError as error:
        raise PackSourceError(f"{address}: cannot be reached: {error.reason}") from error
    except (HTTPException, OSError) as error:
        raise PackSourceError(f"{address}: the transfer broke; try again to continue") from error
    _note(part).unlink(missing_ok=True)
    return part.replace(path)  # 4


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _request(address: str, part: Path) -> urllib.request.Request:
    request = urllib.request.Request(address, headers={"User-Agent": "clearcue"})  # noqa: S310 - checked
    try:
        kept = json.loads(_note(part).read_text("utf-8"))
        if kept["address"] == address and kept["etag"] and part.stat().st_size:  # 2
            request.add_header("Range", f"bytes={part.stat().st_size}-")
            request.add_header("If-Range", kept["etag"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # begin anew
    return request


def _receive(answer: Any, address: str, part: Path, progress: Progress, limit: int) -> None:
    headers: Message = answer.headers
    continued = answer.status == 206
    done = part.stat().st_size if continued else 0
    etag = headers.get("ETag", "")
    note = {"address": address, "etag": "" if etag.startswith("W/") else etag}
    _note(part).write_text(json.dumps(note), "utf-8")
    length = headers.get("Content-Length", "")
    total = done + int(length) if length.isdecimal() else 0
    with part.open("ab" if continued else "wb") as file:
        while chunk := answer.read(_CHUNK):
            done += len(chunk)
            if done > limit:  # 3
                file.close()
                part.unlink()
                raise PackSourceError(f"{address}: is larger than {limit} bytes")
            file.write(chunk)
            progress("fetching", done, max(total, done))
    if done < total:
        raise PackSourceError(f"{address}: the transfer broke; try again to continue")
