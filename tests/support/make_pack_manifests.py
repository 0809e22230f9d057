"""Make `data/rights/packs/*.json`: the rights manifests of the packs that Clearcue knows.

Run it as

    python tests/support/make_pack_manifests.py CORPORA_FOLDER --read-on 2026-11-22

where CORPORA_FOLDER holds `openscore-lieder`, `groove-midi` and `free-midi-chords`. What is written
are facts: each file's path and SHA-256, titles and composers from the files' headers, years from
the source's own list, and the licences' words, looked up in the files that are said to hold them.
Nothing of the music goes into the project.
"""

import argparse
import csv
import hashlib
import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from manifest_facts import COMPOSERS_WHERE, OPENSCORE_COMMIT, lines, person, public_domain

from clearcue.rights.manifest import FORMAT, read_manifest

OUTPUT = Path(__file__).parents[2] / "platform/clearcue/data/rights/packs"
LAST_YEAR_OF_A_FREE_LIFE = 1930
"""A composer dead by then published nothing later; American terms from 1930 on are over in 2026."""

ELSEWHERE = {
    "Barnard,_Charlotte_Alington": "Barnard,_Charlotte_Alington_-_aka_Claribel",
    "Hensel,_Fanny": "Hensel,_Fanny_(Mendelssohn)",
}
"""Folders whose composer the list names otherwise."""
GROOVE_COMMIT = "476adbc"
CHORDS_COMMIT = "baf0896"
GROOVE_CREDIT = (
    "Groove MIDI Dataset: “Learning to Groove with Inverse Sequence Transformations”, "
    "Gillick et al., ICML 2019. CC BY 4.0."
)
CHORDS_CREDIT = "free-midi-chords, Copyright (c) 2019 Ludovic Drolez, MIT License."
NOBODY = {"US": None, "EU": None}


def main() -> None:
    """Read the folders and write the three manifests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--read-on", required=True, help="today's date, ISO 8601")
    arguments = parser.parse_args()
    for name, make in (
        ("openscore-lieder", lieder), ("groove-midi", groove), ("free-midi-chords", chords)
    ):  # fmt: skip
        text = lines(make(arguments.corpora / name, arguments.read_on))
        read_manifest(text.encode(), f"{name}.json")
        (OUTPUT / f"{name}.json").write_text(text, "utf-8")


def digest(path: Path) -> str:
    """A file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def quoted(path: Path, quote: str) -> str:
    """A quote, after looking it up in a file."""
    if quote not in re.sub(r"\s+", " ", path.read_text("utf-8")):
        raise SystemExit(f"{path.name} does not say {quote!r}")
    return quote


def evidence(quote: str, where: str, read_on: str) -> dict[str, str]:
    """A piece of evidence."""
    return {"quote": quote, "where": where, "read_on": read_on}


def group(name: str, paths: str, kind: str, read_on: str, **facts: Any) -> dict[str, Any]:
    """A group; `facts` are what differs from an unknown composition and a plain grant."""
    verdict = facts["verdict"]
    granted = True if verdict in ("cleared", "cleared-medium") else None
    return {
        "id": name, "paths": paths, "kind": kind, "works": 0, "note": facts.get("note"),
        "composition": {
            "title": None, "creators": None, "first_published": None, "anonymous": None,
            "licence": facts.get("composed"), "public_domain": NOBODY,
            "evidence": facts["evidence"] if facts.get("composed") else [],
        },
        "encoding": {
            "encoder": facts["encoder"], "licence": facts["licence"], "scope": facts["scope"],
            "granted_by": facts["granted_by"],
        },
        "evidence": facts["evidence"],
        "decision": {
            "permissions": {
                "train": granted, "compare": True, "redistribute": granted,
            },
            "obligations": facts.get("obligations", []),
            "verdict": verdict, "confidence": "medium", "reviewer": None,
            "policy_version": "1", "decided_on": read_on,
        },
        "use": "train",
    }  # fmt: skip


def counted(groups: list[dict[str, Any]], files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups with their works counted; those without any are left out."""
    numbers = Counter[str]()
    for file in files:
        numbers[file["group"]] += len(file.get("tunes", [None]))
    return [{**one, "works": numbers[one["id"]]} for one in groups if numbers[one["id"]]]


def lieder(folder: Path, read_on: str) -> dict[str, Any]:
    """OpenScore Lieder: CC0; free for learning where the composer's years make the music free."""
    source = f"OpenScore/Lieder@{OPENSCORE_COMMIT}"
    known = {
        "own-words": evidence(
            "OpenScore (CC0)", f"the rights element of each file's header, or its like; {source}",
            read_on,
        ),
        "licence-file": evidence(
            quoted(folder / "LICENSE.txt", "CC0 1.0 Universal"), f"LICENSE.txt, {source}", read_on
        ),
        "readme": evidence(
            "Collection of songs by 19th century composers in MuseScore format with associated "
            "data. […] These scores are released under Creative Commons Zero (CC0).",
            f"README.md, {source}", read_on,
        ),
    }  # fmt: skip
    shared = {
        "licence": "CC0-1.0", "scope": "edition", "granted_by": "OpenScore",
        "encoder": "contributors to OpenScore Lieder",
    }  # fmt: skip
    groups = [
        group("cc0", "scores/**/*.mxl that say CC0", "songs", read_on, **shared,
              verdict="cleared-medium", evidence=["own-words", "licence-file"]),
        group("cc0-by-licence-file", "scores/**/*.mxl that do not", "songs", read_on, **shared,
              verdict="cleared-medium", evidence=["licence-file", "readme"]),
        group("later-composers", "scores/**/*.mxl by composers who lived after "
              f"{LAST_YEAR_OF_A_FREE_LIFE}, or whose years were not read", "songs", read_on,
              **shared, verdict="unclear", evidence=["own-words", "licence-file"],
              note="whether the composition is protected in the US depends on when it was "
              "published, which was not read"),
    ]  # fmt: skip
    people: dict[str, Any] = {}
    with (folder / "data/composers.tsv").open(encoding="utf-8", newline="") as table:
        rows = {row["path"]: row for row in csv.DictReader(table, delimiter="\t")}
    files = [
        song(path, folder, rows, people, known, read_on)
        for path in sorted(folder.rglob("*.mxl"), key=lambda p: p.relative_to(folder).as_posix())
    ]
    beside = ["LICENSE.txt", *(f"data/{n}.tsv" for n in ("composers", "corpus", "scores", "sets"))]
    return {
        "format": FORMAT, "name": "openscore-lieder", "source": source, "content": "scores",
        "pack": {
            "title": "OpenScore Lieder Corpus", "url": "https://github.com/OpenScore/Lieder",
            "commit": OPENSCORE_COMMIT, "licence": "CC0-1.0",
            "attribution": "OpenScore Lieder, https://musescore.com/openscore-lieder-corpus",
            "files": [{"path": path, "sha256": digest(folder / path)} for path in beside],
        },
        "policy_version": "1", "evidence": dict(sorted(known.items())),
        "people": dict(sorted(people.items())), "groups": counted(groups, files), "files": files,
    }  # fmt: skip


def song(
    path: Path,
    folder: Path,
    rows: dict[str, dict[str, str]],
    people: dict[str, Any],
    known: dict[str, Any],
    read_on: str,
) -> dict[str, Any]:
    """One song's entry, with its composer's years where the source's list has them."""
    relative = path.relative_to(folder).as_posix()
    head = header(path)
    directory = relative.split("/")[1]
    row = rows.get(ELSEWHERE.get(directory, directory))
    key = None
    if row is not None:
        key = re.sub(r"[^a-z]+", "-", directory.lower()).strip("-")
        people.setdefault(key, person(row, known, COMPOSERS_WHERE, read_on, f"years:{key}"))
    name = row["name"] if row is not None else head["composer"]
    creators = [{"name": name, "role": "composer", "person": key}] if name else None
    died = people[key]["died"] if key else None
    early = died is not None and died <= LAST_YEAR_OF_A_FREE_LIFE
    composition = {"title": head["title"], "creators": creators, "first_published": None,
                   "anonymous": None}  # fmt: skip
    standing = public_domain(composition, people, int(read_on[:4]), None)
    if early and standing["US"] is None:
        standing["US"] = {"standing": "public-domain", "rule": "stated", "evidence": ["readme"]}
    entry = {
        "path": relative, "sha256": digest(path), "id": path.stem,
        "group": ("cc0" if head["cc0"] else "cc0-by-licence-file") if early else "later-composers",
        "composition": {
            "title": head["title"], "creators": creators, "public_domain": standing,
        },
    }  # fmt: skip
    return entry if early or head["cc0"] else {**entry, "evidence": ["licence-file", "readme"]}


def header(path: Path) -> dict[str, Any]:
    """A song's title and composer, and whether its rights element says CC0."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read("score.xml")[:20_000].decode("utf-8", "replace")

    def one(pattern: str) -> str | None:
        found = re.findall(pattern, text, re.DOTALL)
        words = re.sub(r"\s+", " ", found[-1]).strip() if found else ""
        for entity, sign in (("&quot;", '"'), ("&apos;", "'"), ("&lt;", "<"), ("&amp;", "&")):
            words = words.replace(entity, sign)
        return words or None

    return {
        "title": one(r"<movement-title>(.*?)</movement-title>")
        or one(r"<work-title>(.*?)</work-title>"),
        "composer": one(r'<creator type="composer">(.*?)</creator>'),
        "cc0": "CC0" in (one(r"<rights[^>]*>(.*?)</rights>") or ""),
    }


def groove(folder: Path, read_on: str) -> dict[str, Any]:
    """The Groove MIDI Dataset: human drum takes under CC BY 4.0."""
    source = f"Groove MIDI Dataset 1.0, as in zharry29/drums-with-llm@{GROOVE_COMMIT}"
    licence = quoted(
        folder / "LICENSE",
        "This work is licensed under the Creative Commons Attribution 4.0 International License.",
    )
    groups = [
        group("takes", "drummer*/**/*.mid", "drum takes", read_on, verdict="cleared",
              licence="CC-BY-4.0", scope="performance and its MIDI recording",
              granted_by="the makers of the Groove MIDI Dataset", encoder=None,
              composed="CC-BY-4.0", evidence=["licence"],
              obligations=[{"kind": "attribution", "text": GROOVE_CREDIT}]),
    ]  # fmt: skip
    with (folder / "info.csv").open(encoding="utf-8", newline="") as table:
        rows = {row["midi_filename"]: row for row in csv.DictReader(table)}
    files = []
    for path in sorted(folder.rglob("*.mid"), key=lambda p: p.relative_to(folder).as_posix()):
        relative = path.relative_to(folder).as_posix()
        row = rows[relative]
        title = f"{row['style']}, {row['beat_type']}, {row['bpm']} bpm, {row['time_signature']}"
        entry = {"path": relative, "sha256": digest(path), "group": "takes"}
        files.append({**entry, "composition": {"title": f"{title} ({row['id']})"}})
    return {
        "format": FORMAT, "name": "groove-midi", "source": source, "content": "drums",
        "pack": {
            "title": "Groove MIDI Dataset", "url": "https://magenta.tensorflow.org/datasets/groove",
            "commit": GROOVE_COMMIT, "licence": "CC-BY-4.0", "attribution": GROOVE_CREDIT,
            "files": [
                {"path": path, "sha256": digest(folder / path)}
                for path in ("LICENSE", "README", "info.csv")
            ],
        },
        "policy_version": "1",
        "evidence": {"licence": evidence(licence, f"LICENSE, {source}", read_on)},
        "people": {}, "groups": counted(groups, files), "files": without_copies(files),
    }  # fmt: skip


def without_copies(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The files, those that repeat an earlier one's bytes kept for reference only."""
    seen: set[str] = set()
    kept = []
    for file in files:
        if file["sha256"] in seen:
            permissions = {"train": False, "compare": True, "redistribute": True}
            file = {**file, "decision": {"permissions": permissions}, "use": "reference"}
        seen.add(file["sha256"])
        kept.append(file)
    return kept


def chords(folder: Path, read_on: str) -> dict[str, Any]:
    """free-midi-chords: progressions in roman numerals, under the MIT licence."""
    source = f"ldrolez/free-midi-chords@{CHORDS_COMMIT}"
    licence = quoted(folder / "LICENSE", "Copyright (c) 2019 Ludovic Drolez")
    groups = [
        group("progressions", "progressions.json", "chord progressions", read_on,
              verdict="cleared", licence="MIT", scope="progressions and their mood tags",
              granted_by="Ludovic Drolez", encoder="Ludovic Drolez", composed="MIT",
              evidence=["licence"],
              obligations=[{"kind": "attribution", "text": CHORDS_CREDIT}]),
    ]  # fmt: skip
    data = json.loads((folder / "progressions.json").read_text("utf-8"))
    tunes = [{"composition": {"title": " ".join(entry["progression"])}} for entry in data]
    files = [{"path": "progressions.json", "sha256": digest(folder / "progressions.json"),
              "group": "progressions", "tunes": tunes}]  # fmt: skip
    return {
        "format": FORMAT, "name": "free-midi-chords", "source": source, "content": "progressions",
        "pack": {
            "title": "free-midi-chords", "url": "https://github.com/ldrolez/free-midi-chords",
            "commit": CHORDS_COMMIT, "licence": "MIT", "attribution": CHORDS_CREDIT,
            "files": [{"path": "LICENSE", "sha256": digest(folder / "LICENSE")}],
        },
        "policy_version": "1",
        "evidence": {"licence": evidence(
            f"{licence} / Permission is hereby granted, free of charge", f"LICENSE, {source}",
            read_on,
        )},
        "people": {}, "groups": counted(groups, files), "files": files,
    }  # fmt: skip


if __name__ == "__main__":
    main()
