"""MusicXML as it comes from outside: opening the compressed form and refusing bombs.

A `.mxl` file is a zip archive whose `META-INF/container.xml` names the score in it (MusicXML 4.0,
"Compressed .mxl files"). Checks, in this order:

1. the archive has few enough members and they unpack to few enough bytes, counted while unpacking;
2. the XML declares no entity and refers to none outside, so nothing expands and nothing is fetched;
3. it is nested and sized like a score;
4. its root is a partwise score.
"""

import io
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

from clearcue.adapters.score_files.limits import Limits
from clearcue.errors import BadInputError

_Start = Callable[[str, dict[str, str]], None]
_End = Callable[[str], None]

ROOT = "score-partwise"


class MarkupError(BadInputError):
    """An archive or XML text that is no MusicXML score, or not a safe one."""


def musicxml_text(data: bytes, limits: Limits) -> bytes:
    """The checked XML text of a MusicXML score, compressed or not.

    Raises:
        MarkupError: when a check of the module's list fails.
    """
    if data.startswith(b"PK"):
        data = _unzip_score(data, limits)  # 1
    _screen(data, limits)  # 2, 3, 4
    return data


def _unzip_score(data: bytes, limits: Limits) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > limits.max_archive_members:
                raise MarkupError(f"holds more than {limits.max_archive_members} files")
            return _member(archive, _score_name(archive, limits), limits)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, EOFError, RuntimeError) as error:
        raise MarkupError("is no readable .mxl archive") from error
    except (OSError, ValueError, zlib.error) as error:
        raise MarkupError("is no readable .mxl archive") from error


def _score_name(archive: zipfile.ZipFile, limits: Limits) -> str:
    """The member that the container names first, else the first XML file outside META-INF."""
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        found: list[str] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag.rpartition(":")[2] == "rootfile" and "full-path" in attributes:
                found.append(attributes["full-path"])

        container = _member(archive, "META-INF/container.xml", limits)
        _parse(container, start)
        if found and found[0] in names:
            return found[0]
    for name in names:
        if name.endswith((".xml", ".musicxml")) and not name.startswith("META-INF/"):
            return name
    raise MarkupError("is an archive without a MusicXML score in it")


def _member(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise MarkupError("is compressed in a way that .mxl files are not")
    with archive.open(name) as member:
        text = member.read(limits.max_xml_bytes + 1)
    if len(text) > limits.max_xml_bytes:
        raise MarkupError(f"unpacks to more than {limits.max_xml_bytes} bytes")
    return text


def _screen(text: bytes, limits: Limits) -> None:
    if len(text) > limits.max_xml_bytes:
        raise MarkupError(f"is larger than {limits.max_xml_bytes} bytes")
    depth = elements = 0
    root = ""

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, elements, root
        depth += 1
        elements += 1
        root = root or tag
        if depth > limits.max_xml_depth or elements > limits.max_xml_elements:
            raise MarkupError("is nested deeper or holds more elements than a score does")

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    _parse(text, start, end)
    if root != ROOT:
        raise MarkupError(
            f"is XML, but its root is <{root[:40]}>, not a score-partwise of MusicXML"
        )


def _parse(text: bytes, start: _Start, end: _End | None = None) -> None:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise MarkupError("declares XML entities, which no score needs")

    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise MarkupError(f"is not well-formed XML: {error}") from error
