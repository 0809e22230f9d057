"""The rights manifest: reading and checking it.

The format is `docs/formats/rights-manifest.md`. Reading is strict: an unknown field, a missing one,
a value of another kind, a reference to evidence that is not there, or counts that do not add up are
errors that name the manifest, the work and the field.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from clearcue.rights.fields import Fields, ManifestError
from clearcue.rights.sections import SECTIONS, SectionReader, Sections
from clearcue.rights.values import Content, Group, Identity, Permission, Verdict, Work

FORMAT = "clearcue-rights-manifest/2"
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
TOP = ("format", "name", "source", "content", "pack", "policy_version", "evidence", "people")

Report = Callable[[ManifestError], None]


@dataclass(frozen=True, slots=True)
class Accompanying:
    """A file that comes with a pack and is no work: its licence, its list of takes."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Pack:
    """What is known of a pack as a whole; `attribution` is how its makers ask to be named."""

    title: str
    url: str | None
    commit: str | None
    licence: str | None
    attribution: str | None
    files: tuple[Accompanying, ...]


@dataclass(frozen=True)
class Manifest:
    """What is known of one source, or of several joined: its works, tune by tune, and its groups.

    `content` is None where several sources are joined.
    """

    name: str
    source: str
    policy_version: str
    works: tuple[Work, ...]
    groups: tuple[Group, ...]
    content: Content | None = Content.SCORES
    pack: Pack | None = None

    @cached_property
    def _by_id(self) -> dict[str, Work]:
        return {work.work_id: work for work in self.works}

    def work(self, work_id: str) -> Work:
        """The work of that id.

        Raises:
            KeyError: when the manifest does not list it.
        """
        return self._by_id[work_id]

    def counts(self) -> dict[Verdict, int]:
        """How many works have each verdict, every verdict named."""
        counted = Counter(work.decision.verdict for work in self.works)
        return {verdict: counted[verdict] for verdict in Verdict}


def join(manifests: Sequence[Manifest]) -> Manifest:
    """Several manifests as one.

    Raises:
        ManifestError: when two of them list a work of the same id.
    """
    if len(manifests) == 1:
        return manifests[0]
    works = tuple(work for manifest in manifests for work in manifest.works)
    for work_id, count in Counter(work.work_id for work in works).items():
        if count > 1:
            raise ManifestError(f"two rights manifests list the work {work_id}")
    return Manifest(
        " and ".join(manifest.name for manifest in manifests),
        "; ".join(manifest.source for manifest in manifests),
        manifests[0].policy_version,
        works,
        tuple(group for manifest in manifests for group in manifest.groups),
        None,
    )


@cache
def builtin_manifest() -> Manifest:
    """The manifest of music21's own corpus that comes with Clearcue."""
    name = "music21.json"
    text = (resources.files("clearcue") / "data" / "rights" / name).read_bytes()
    return read_manifest(text, name)


def read_manifest(text: bytes, name: str) -> Manifest:
    """Read a manifest.

    Args:
        text: the JSON file's bytes, UTF-8.
        name: what errors call it, such as the file's name.

    Raises:
        ManifestError: when anything in it is not as the format says; the message names the work and
            the field.
    """
    return _read(text, name, _raise)


def manifest_errors(text: bytes, name: str) -> tuple[str, ...]:
    """Everything that is wrong with a manifest, one line each; nothing when it is right.

    What is needed to read the rest comes first: an error at the head (format, evidence, people) is
    the only one told, errors in groups are told without those that follow in their works, and the
    counts are looked at once all works can be read.
    """
    found: list[str] = []
    try:
        _read(text, name, lambda error: found.append(str(error)))
    except ManifestError as error:
        found.append(str(error))
    return tuple(dict.fromkeys(found))


def _raise(error: ManifestError) -> None:
    raise error


def _read(text: bytes, name: str, report: Report) -> Manifest:
    if len(text) > MAX_MANIFEST_BYTES:
        raise ManifestError(f"rights manifest {name}: larger than {MAX_MANIFEST_BYTES} bytes")
    try:
        data = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"rights manifest {name}: is no valid JSON: {error}") from error
    fields = Fields(f"rights manifest {name}", data)
    fields.only(*TOP, "groups", "files")
    fields.choice("format", (FORMAT,))
    reading = _Reading(fields, report)
    works = tuple(reading.works())
    if not reading.failed:
        _check_whole(f"rights manifest {name}", works, reading.groups, report)
    return Manifest(
        name, fields.text("source"), fields.text("policy_version"), works,
        tuple(reading.groups.values()), reading.content,
        None if fields.is_null("pack") else _pack(fields.child("pack")),
    )  # fmt: skip


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a field twice")
    return found


def _pack(fields: Fields) -> Pack:
    fields.only("title", "url", "commit", "licence", "attribution", "files")
    files = []
    for entry in fields.children("files"):
        entry.only("path", "sha256")
        files.append(Accompanying(entry.relative_path("path"), entry.sha256("sha256")))
    return Pack(
        fields.text("title"),
        fields.optional_text("url"),
        fields.optional_text("commit"),
        fields.licence("licence"),
        fields.optional_text("attribution"),
        tuple(files),
    )


class _Reading:
    """One pass over a manifest: its groups first, then its files and their tunes."""

    def __init__(self, fields: Fields, report: Report) -> None:
        self._fields = fields
        self._tell = report
        self.failed = False
        self._name = fields.slug("name")
        self._source = fields.text("source")
        self._sections = SectionReader(fields)
        self.content = Content(fields.choice("content", tuple(Content)))
        self.groups: dict[str, Group] = {}
        self._shared: dict[str, Sections] = {}
        for entry in fields.children("groups"):
            self._read_group(entry)

    def _report(self, error: ManifestError) -> None:
        self.failed = True
        self._tell(error)

    def _read_group(self, fields: Fields) -> None:
        group_id = fields.text("id")
        fields = fields.called(f"group {group_id}")
        try:
            fields.only("id", "paths", "kind", "works", "note", *SECTIONS)
            if group_id in self.groups:
                raise fields.error("id", "stands twice")
            sections = self._sections.complete(fields)
            self.groups[group_id] = Group(
                group_id=f"{self._name}:{group_id}",
                paths=fields.text("paths"),
                works=fields.count("works"),
                kind=fields.text("kind"),
                verdict=sections.decision.verdict,
                note=fields.optional_text("note"),
            )
            self._shared[group_id] = sections
        except ManifestError as error:
            self._report(error)

    def works(self) -> Iterator[Work]:
        """Every work, in the order of the files; none when a group could not be read."""
        if self.failed:
            return
        for entry in self._fields.children("files"):
            try:
                yield from self._file(entry)
            except ManifestError as error:
                self._report(error)

    def _file(self, fields: Fields) -> Iterable[Work]:
        path = fields.relative_path("path")
        work_id = f"{self._name}:{fields.called(f'file {path}').work_name(path)}"
        fields = fields.called(f"work {work_id}")
        fields.only("path", "sha256", "id", "group", "tunes", *SECTIONS)
        sha256, group = fields.sha256("sha256"), self._group(fields)
        shared = self._sections.changed(self._shared[group], fields)
        if not fields.has("tunes"):
            return [self._work(Identity(work_id, self._source, path, sha256), shared, group)]
        return list(self._tunes(fields, Identity(work_id, self._source, path, sha256), group))

    def _tunes(self, file: Fields, book: Identity, group: str) -> Iterator[Work]:
        for number, entry in enumerate(file.children("tunes"), start=1):
            work_id = f"{book.work_id}:{number}"
            fields = entry.called(f"work {work_id}")
            fields.only("group", *SECTIONS)
            own = self._group(fields) if fields.has("group") else group
            shared = self._sections.changed(self._shared[own], file)
            identity = Identity(work_id, book.source, book.path, book.sha256, number)
            yield self._work(identity, self._sections.changed(shared, fields), own)

    def _group(self, fields: Fields) -> str:
        group = fields.text("group")
        if group not in self._shared:
            raise fields.error("group", f"is {group!r}, which the manifest does not hold")
        return group

    def _work(self, identity: Identity, known: Sections, group: str) -> Work:
        return Work(
            identity, known.composition, known.encoding, known.evidence, known.decision,
            known.use, self.content, f"{self._name}:{group}",
        )  # fmt: skip


def _check_whole(
    name: str, works: tuple[Work, ...], groups: dict[str, Group], report: Report
) -> None:
    """Works and their files are unique, and each group has as many works as it says.

    Two files may hold the same bytes unless both may be learnt from.
    """
    files = {(work.identity.path, work.identity.sha256) for work in works}
    learnt = {
        (work.identity.path, work.identity.sha256)
        for work in works
        if work.decision.permits(Permission.TRAIN)
    }
    for what, values in (
        ("the work", Counter(work.work_id for work in works)),
        ("the path", Counter(path for path, _ in files)),
        ("to be learnt from, the sha256", Counter(sha256 for _, sha256 in learnt)),
    ):
        for value, count in values.items():
            if count > 1:
                report(ManifestError(f"{name}: {what} {value} stands {count} times"))
    counted = Counter(work.group_id for work in works)
    for group in groups.values():
        if counted[group.group_id] != group.works:
            report(
                ManifestError(
                    f"{name}: group {group.group_id} says works {group.works}, "
                    f"but the manifest lists {counted[group.group_id]}"
                )
            )
