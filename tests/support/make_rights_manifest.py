"""Make `data/rights/music21.json`, the rights manifest of music21's corpus.

Run it as

    python tests/support/make_rights_manifest.py EVIDENCE_FOLDER --read-on 2026-11-22

where EVIDENCE_FOLDER holds `music21-cleared.json` and `music21-groups.json` (the review: which
files, their hashes, their verdicts) and `openscore-lieder/data/composers.tsv` (years of composers),
and music21 is installed. Nothing is taken over unseen: each file's hash is computed, titles and
creators are read from its own header, each quote that is said to stand in a file is looked for in
that file, and the works are counted again; the script stops where something is not as stated.

What is written by hand here is only how the review's words map to the manifest's terms (`GRANTS`,
`GROUPS`), and the facts that were read outside the files (`SHARED_EVIDENCE`), each with where and
when.
"""

import argparse
import csv
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from manifest_facts import COMPOSERS_WHERE, lines, person, public_domain

from clearcue.adapters.corpus_music21.folder import corpus_folder
from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.markup import musicxml_text
from clearcue.rights.manifest import FORMAT, read_manifest

SOURCE = "music21==10.5.1"
POLICY_VERSION = "1"
OUTPUT = Path(__file__).parents[2] / "platform/clearcue/data/rights/music21.json"
REVIEW_READ_ON = "2026-11"

GPL_QUOTE = (
    "Copyright (C) 1999 Laura E. Conrad lconrad@world.std.com",
    "This information is free; you can redistribute it and/or modify it under the terms of the GNU "
    "General Public License as published by the Free Software Foundation; either version 2 of the "
    "License, or (at your option) any later version.",
)

SHARED_EVIDENCE = {
    "gutenberg-statement": {
        "quote": "Project Gutenberg houses public domain music, including the quartets of "
        "Beethoven, Haydn, and Mozart, in musicxml format which we have been able to include in "
        "music21.",
        "where": "documentation/source/about/about.rst of the repository cuthbertLab/music21, "
        "commit 012c5e75ca90d7497753c799e8c4218ff207a5d9",
        "read_on": "2026-11-22",
    },
    "gutenberg-restored": {
        "quote": "restore Gutenberg files!",
        "where": "message of commit e8e460edf (2014-12-24) of the repository cuthbertLab/music21, "
        "which adds these files again after commit 239bf907b",
        "read_on": REVIEW_READ_ON,
    },
}


@dataclass(frozen=True)
class Grant:
    """How a file's own words map to the manifest: quotes to be found in it, and what they grant."""

    quotes: tuple[str, ...]
    licence: str
    scope: str
    granted_by: str
    share_alike: bool = False
    encoder: str | None = None


GRANTS = {
    "johnson_j_r/lift_every_voice.mxl": Grant(
        ("Public Domain (Encoding by MSAC: CC0)",),
        "CC0-1.0", "encoding", "Michael Scott Asato Cuthbert",
        encoder="Michael Scott Asato Cuthbert",
    ),
    "lusitano/allor_che_ignuda.mxl": Grant(
        ("Copyright 2022 Michael Scott Asato Cuthbert: released as CC0/Public Domain",),
        "CC0-1.0", "encoding", "Michael Scott Asato Cuthbert",
    ),
    "liliuokalani/aloha_oe.mxl": Grant(
        ("Copyright 1884 by LILIUOKALANI (Now, Public Domain; Encoding by MSAC, CC0)",),
        "CC0-1.0", "encoding", "MSAC", encoder="MSAC",
    ),
    "weber/concertino_clarinet.mxl": Grant(
        ("Released to Public Domain in 1998", "Copyright © 1998 by Oliver Seely",
         "and assigned to the public domain."),
        "LicenseRef-public-domain-dedication", "arrangement and encoding", "Oliver Seely",
    ),
    "corelli/opus3no1/1grave.xml": Grant(
        ("© 2014, Creative Commons License (CC-BY)",),
        "LicenseRef-CC-BY-unversioned", "arrangement and encoding", "Michael Scott Cuthbert",
    ),
    "beach/prayer_of_a_tired_child.musicxml": Grant(
        ("Engraving Copyright 2017 Michael Scott Cuthbert, "
         "most uses allowed for free (CC-SA-BY).",),
        "LicenseRef-CC-BY-SA-unversioned", "engraving", "Michael Scott Cuthbert", share_alike=True,
    ),
    "webern/webern_dormi_jesu_op_16_no_2.mxl": Grant(
        ("P.D. (Canada, EU), US from 2023; The edition CC-BY-SA Michael Scott Cuthbert",),
        "LicenseRef-CC-BY-SA-unversioned", "edition", "Michael Scott Cuthbert", share_alike=True,
    ),
}  # fmt: skip
for _path in ("ciconia/quod_jactatur.xml", "luca/gloria.xml"):
    GRANTS[_path] = Grant(
        ("2010 Michael Scott Cuthbert -- freely distributed under a CC-BY-SA 3.0 license",),
        "CC-BY-SA-3.0", "encoding", "Michael Scott Cuthbert", share_alike=True,
    )  # fmt: skip
for _number in range(1, 5):
    GRANTS[f"schumann_clara/polonaise_op1n{_number}.mxl"] = Grant(
        ("Typeset by Cypressdome for IMSLP and released under the CC BY-SA 4.0 license.",),
        "CC-BY-SA-4.0", "encoding", "Cypressdome", share_alike=True, encoder="Cypressdome",
    )  # fmt: skip
GPL_GRANT = Grant(
    GPL_QUOTE, "GPL-2.0-or-later", "encoding", "Laura E. Conrad", share_alike=True,
    encoder="Laura E. Conrad",
)  # fmt: skip
GUTENBERG_LICENCE = "LicenseRef-project-gutenberg-public-domain"


@dataclass(frozen=True)
class Kind:
    """What the review's words about a group mean in the manifest's terms.

    `licence` names the terms of encodings that may not be used so; `published` is a year that the
    review gives; `free` says whether the review calls the compositions public domain.
    """

    pattern: str
    use: str = "reference"
    licence: str | None = None
    published: int | None = None
    free: bool = True


RESERVED = "LicenseRef-rights-reserved"
GROUPS = {
    "airdsAirs/*.abc": Kind(r"airdsAirs/.*\.abc", use="train"),
    "oneills1850/*.abc": Kind(r"oneills1850/.*\.abc", use="train", published=1903),
    "oneills1850 tunes with Z: ...norbeck": Kind("", licence="LicenseRef-non-commercial"),
    "ryansMammoth/*.abc": Kind(r"ryansMammoth/.*\.abc", use="train", published=1883),
    "miscFolk/*.abc": Kind(r"miscFolk/.*\.abc"),
    "essenFolksong/*.abc": Kind(
        r"essenFolksong/.*\.abc", licence="LicenseRef-non-commercial", free=False
    ),
    "palestrina/*.krn": Kind(r"palestrina/.*\.krn", licence=RESERVED),
    "bach/*.mxl,xml": Kind(r"bach/.*\.(mxl|xml)", licence="LicenseRef-permission-to-another-only"),
    "bach/bwv277,281,366.krn": Kind(r"bach/.*\.krn", licence="LicenseRef-academic-research-only"),
    "beethoven/**/*.mxl, haydn, mozart/k80,k155,k156,k458, schumann_robert/opus41no1": Kind(
        r"beethoven/.*\.mxl|haydn/.*|mozart/k(80|155|156|458)/.*|schumann_robert/opus41no1/.*",
        use="train",
    ),
    "beethoven/opus18no1/*.krn, chopin/*.krn": Kind(r"(beethoven|chopin)/.*\.krn"),
    "monteverdi/*.mxl": Kind(r"monteverdi/.*\.mxl", licence=RESERVED),
    "trecento/*": Kind(r"trecento/.*"),
    "josquin/*.abc": Kind(r"josquin/.*\.abc", use="train"),
    "beach, ciconia, luca, webern, schumann_clara/polonaise*": Kind(
        r"(beach|ciconia|luca|webern)/.*|schumann_clara/polonaise.*", use="train"
    ),
    "johnson_j_r, lusitano, liliuokalani": Kind(
        r"(johnson_j_r|lusitano|liliuokalani)/.*", use="train"
    ),
    "weber": Kind(r"weber/.*", use="train"),
    "corelli/opus3no1/1grave.xml": Kind(r"corelli/.*", use="train"),
    "leadSheet/fosterBrownHair.mxl": Kind(r"leadSheet/foster.*", published=1854),
    "leadSheet/berlinAlexandersRagtime.mxl": Kind(
        r"leadSheet/berlin.*", licence=RESERVED, published=1911, free=False
    ),
    "cpebach, handel, joplin, verdi, schubert, schoenberg, schumann_clara/opus17, "
    "schumann_robert/opus48no2+dichterliebe_no2, mozart/k545": Kind(
        r"(cpebach|handel|joplin|verdi|schubert|schoenberg)/.*|schumann_clara/opus17/.*"
        r"|schumann_robert/(opus48no2|dichterliebe_no2).*|mozart/k545/.*"
    ),
    "nottingham-dataset/reelsa-c.abc": Kind(r"nottingham-dataset/.*", free=False),
    "demos, theoryExercises": Kind(r"(demos|theoryExercises)/.*", free=False),
}
"""By the review's own name of each group; the patterns are tried in this order."""

NORBECK = "oneills1850 tunes with Z: ...norbeck"
COMPOSERS = {
    "beach": "Beach,_Amy",
    "beethoven": "Beethoven,_Ludwig_van",
    "haydn": "Haydn,_Joseph",
    "joplin": "Joplin,_Scott",
    "liliuokalani": "Liliuokalani,_Queen_of_the_Hawaiian_Islands",
    "schubert": "Schubert,_Franz",
    "schumann_clara": "Schumann,_Clara",
    "schumann_robert": "Schumann,_Robert",
    "webern": "Webern,_Anton",
}
"""Folders all of whose composers are one person of `composers.tsv`."""
SCORES = (".abc", ".krn", ".mxl", ".xml", ".musicxml")


def main() -> None:
    """Read the review and the files, and write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evidence", type=Path)
    parser.add_argument("--read-on", required=True, help="today's date, ISO 8601")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    made = Maker(arguments.evidence, arguments.read_on).manifest()
    text = lines(made)
    read_manifest(text.encode(), arguments.output.name)
    arguments.output.write_text(text, "utf-8")


class Maker:
    """One making: the review, and the evidence and people gathered from it and from the files."""

    def __init__(self, folder: Path, read_on: str) -> None:
        self.read_on = read_on
        files = json.loads((folder / "music21-cleared.json").read_text("utf-8"))
        self.reviewed = {entry["path"]: entry for entry in files}
        groups = json.loads((folder / "music21-groups.json").read_text("utf-8"))
        self.groups = {group["path"]: group for group in groups}
        if set(self.groups) != set(GROUPS):
            raise SystemExit("the review has other groups than those written here")
        self.evidence: dict[str, Any] = dict(SHARED_EVIDENCE)
        self.people: dict[str, Any] = {}
        self.counted: Counter[str] = Counter()
        self.tsv = folder / "openscore-lieder" / "data" / "composers.tsv"

    def manifest(self) -> dict[str, Any]:
        """The whole manifest."""
        self._read_people()
        shared = {name: self.group(name) for name in GROUPS}
        root = corpus_folder()
        paths = sorted(
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.suffix in SCORES and path.parent != root
        )
        stems = Counter(path.rsplit(".", 1)[0] for path in paths)
        files = [self.file(path, stems[path.rsplit(".", 1)[0]] > 1, shared) for path in paths]
        for name, group in shared.items():
            group["works"] = self.counted[name]
            stated = self.groups[name]["works"]
            norbeck = self.groups[NORBECK]["works"] if name == "oneills1850/*.abc" else 0
            if group["works"] != stated - norbeck:
                raise SystemExit(f"{name}: {group['works']} works, the review counts {stated}")
        return {
            "format": FORMAT,
            "name": "music21",
            "source": SOURCE,
            "content": "scores",
            "pack": None,
            "policy_version": POLICY_VERSION,
            "evidence": dict(sorted(self.evidence.items())),
            "people": dict(sorted(self.people.items())),
            "groups": list(shared.values()),
            "files": files,
        }

    def _read_people(self) -> None:
        with self.tsv.open(encoding="utf-8", newline="") as table:
            rows = {row["path"]: row for row in csv.DictReader(table, delimiter="\t")}
        for folder, path in COMPOSERS.items():
            self.people[folder] = person(
                rows[path], self.evidence, COMPOSERS_WHERE, self.read_on, f"years:{folder}"
            )
        name = self._review("leadSheet/berlinAlexandersRagtime.mxl", "composition")
        self.people["berlin"] = {
            "name": "Irving Berlin", "born": None, "died": 1989, "evidence": [name]
        }  # fmt: skip

    def _review(self, path: str, column: str) -> str:
        """Evidence that the review itself gives about a group's compositions or encodings."""
        slug = slug_of(path)
        name = f"{'group' if column == 'evidence' else 'review'}:{slug}"
        self.evidence[name] = {
            "quote": self.groups[path][column],
            "where": f"the review of the files {path} of {SOURCE}",
            "read_on": REVIEW_READ_ON,
        }
        return name

    def group(self, path: str) -> dict[str, Any]:
        """A group with what all its works share."""
        found, kind = self.groups[path], GROUPS[path]
        reserved = found["verdict"] == "reference"
        stated = self._review(path, "composition") if kind.free or kind.published else None
        composition = {
            "title": None, "creators": None, "first_published": kind.published, "anonymous": None,
            "licence": None, "public_domain": {}, "evidence": [stated] if kind.published else [],
        }  # fmt: skip
        made = {
            "id": slug_of(path),
            "paths": path,
            "kind": found["kind"],
            "works": 0,
            "note": f"composition: {found['composition']}; encoding: {found['encoding_licence']}",
            "composition": composition,
            "encoding": {
                "encoder": None, "licence": kind.licence, "scope": None, "granted_by": None
            },
            "evidence": [self._review(path, "evidence")],
            "decision": {
                "permissions": {
                    "train": False if reserved else None,
                    "compare": None,
                    "redistribute": False if reserved else None,
                },
                "obligations": [],
                "verdict": found["verdict"],
                "confidence": "medium",
                "reviewer": None,
                "policy_version": POLICY_VERSION,
                "decided_on": self.read_on,
            },
            "use": kind.use,
        }  # fmt: skip
        self._settle(composition, stated if kind.free else None)
        return made

    def _settle(self, composition: dict[str, Any], stated: str | None) -> None:
        composition["public_domain"] = public_domain(
            composition, self.people, int(self.read_on[:4]), stated
        )

    def file(self, path: str, shared_stem: bool, groups: dict[str, Any]) -> dict[str, Any]:
        """One file's entry: what it states of its own, beside its group."""
        name = next(one for one, kind in GROUPS.items() if re.fullmatch(kind.pattern, path))
        data = (corpus_folder() / path).read_bytes()
        made: dict[str, Any] = {
            "path": path, "sha256": hashlib.sha256(data).hexdigest(), "group": slug_of(name)
        }  # fmt: skip
        work = path if shared_stem and path.endswith((".krn", ".xml")) else path.rsplit(".", 1)[0]
        plain = re.sub(r"[^A-Za-z0-9._/-]+", "_", work)
        if plain != path.rsplit(".", 1)[0]:
            made["id"] = plain
        if path in self.reviewed:
            made.update(self.listed(path, data, made["sha256"], name, groups[name]))
        elif path.endswith(".abc"):
            titles = tunes_of(data)
            if len(titles) == 1:
                made |= self.tune(decoded(data), titles[0], name)
                return made
        else:
            composition = self.composed(path, header_of(path, data), groups[name], name)
            made |= {"composition": composition} if composition else {}
        if path.endswith(".abc") and len(tunes_of(data)) > 1:
            texts = zip(tune_texts(data), tunes_of(data), strict=True)
            made["tunes"] = [self.tune(text, entry, name) for text, entry in texts]
        else:
            self.counted[name] += 1
        return made

    def tune(self, text: str, entry: dict[str, Any], name: str) -> dict[str, Any]:
        """What one tune states of its own; Norbeck's tunes stand in a group of their own."""
        tune: dict[str, Any] = {"composition": entry} if entry["title"] else {}
        own = NORBECK if name.startswith("oneills") and "norbeck" in text.lower() else name
        if own != name:
            tune["group"] = slug_of(own)
        self.counted[own] += 1
        return tune

    def composed(
        self, path: str, header: dict[str, Any], group: dict[str, Any], name: str
    ) -> dict[str, Any]:
        """Title and creators as the header gives them, with the standing that their years give."""
        folder = path.split("/")[0]
        key = "berlin" if "berlin" in path else folder if folder in self.people else None
        own = {field: value for field, value in header.items() if value}
        for creator in own.get("creators", ()):
            creator["person"] = key if creator["role"] == "composer" else None
        if path.startswith("webern/"):
            review = self._review(name, "composition")
            own |= {"first_published": 1928, "evidence": [review]}
        before = group["composition"]
        after = {**before, **own}
        stated = self._review(name, "composition") if GROUPS[name].free else None
        self._settle(after, stated)
        if after["public_domain"] != before["public_domain"]:
            own["public_domain"] = after["public_domain"]
        return own

    def listed(
        self, path: str, data: bytes, sha256: str, name: str, group: dict[str, Any]
    ) -> dict[str, Any]:
        """A reviewed file's own sections; checks its hash, and looks its quotes up in it."""
        entry = self.reviewed[path]
        if entry["source"] != SOURCE or sha256 != entry["sha256"]:
            raise SystemExit(f"{path}: not the reviewed file")
        is_abc = path.endswith(".abc")
        text = decoded(data) if is_abc else xml_words(data)
        header = abc_header(text) if is_abc else xml_header(data)
        grant = GPL_GRANT if is_abc else GRANTS.get(path)
        read = own_evidence(path, grant, text, self.evidence, self.read_on) if grant else None
        return {
            "composition": self.composed(path, header, group, name),
            "encoding": {
                "encoder": grant.encoder if grant else None,
                "licence": grant.licence if grant else GUTENBERG_LICENCE,
                "scope": grant.scope if grant else "encoding",
                "granted_by": grant.granted_by if grant else gutenberg_grantor(path),
            },
            "evidence": read or gutenberg(path),
            "decision": decision(entry["verdict"], grant, header),
        }


def slug_of(path: str) -> str:
    """A group's id from the review's name of it."""
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:60].rstrip("-")


def own_evidence(
    path: str, grant: Grant, text: str, evidence: dict[str, Any], read_on: str
) -> list[str]:
    """Evidence that the file itself gives; the quotes are looked for in it."""
    squeezed = squeeze(text)
    for quote in grant.quotes:
        if squeeze(quote) not in squeezed:
            raise SystemExit(f"{path}: does not say {quote!r}")
    if grant is GPL_GRANT:
        name, where = "conrad-header", f"the header of every josquin/*.abc, {SOURCE}"
    else:
        name, where = f"file:{path}", f"the file's own rights and credits: {path}, {SOURCE}"
    evidence[name] = {"quote": " / ".join(grant.quotes), "where": where, "read_on": read_on}
    return [name]


def gutenberg_grantor(path: str) -> str:
    """Who is said to have granted it, and where that is said: it differs by composer."""
    if path.startswith("schumann_robert/"):
        return "Project Gutenberg, going by music21's commit message alone"
    return "Project Gutenberg, as music21 states"


def gutenberg(path: str) -> list[str]:
    """Evidence for the quartets; the statement names three composers, the commit all the files."""
    composer = path.split("/")[0]
    stated = composer in ("beethoven", "haydn", "mozart")
    return ["gutenberg-statement", "gutenberg-restored"] if stated else ["gutenberg-restored"]


def decision(verdict: str, grant: Grant | None, header: dict[str, Any]) -> dict[str, Any]:
    """The decision that the review's verdict means, use by use."""
    conditional = verdict == "conditional"
    return {
        "permissions": {
            "train": None if conditional else True,
            "compare": True,
            "redistribute": None if grant is None else True,
        },
        "obligations": obligations(grant, header),
        "verdict": verdict,
        "confidence": "high" if verdict == "cleared" else "medium",
    }


def obligations(grant: Grant | None, header: dict[str, Any]) -> list[dict[str, str]]:
    """What the licence asks for: credit, and the same licence for what is derived."""
    if grant is None or not grant.licence.startswith(("LicenseRef-CC-BY", "CC-BY", "GPL")):
        return []
    by = ", ".join(f"{creator['name']} ({creator['role']})" for creator in header["creators"] or [])
    line = f"“{header['title']}”{', ' + by if by else ''}. {grant.quotes[0]}"
    owed = [{"kind": "attribution", "text": line}]
    if grant.share_alike:
        owed.append({"kind": "share-alike", "text": f"Adaptations under {grant.licence}."})
    return owed


def squeeze(text: str) -> str:
    """The text with each run of white space and comment signs as one space."""
    return re.sub(r"[\s%]+", " ", text).strip()


def xml_words(data: bytes) -> str:
    """All words of a score's text elements, for looking up quotes."""
    root = ElementTree.fromstring(musicxml_text(data, Limits()))  # noqa: S314 - screened above
    words = [e.text or "" for e in root.iter() if e.tag in ("rights", "credit-words", "creator")]
    return " ".join(words)


def xml_header(data: bytes) -> dict[str, Any]:
    """Title and creators as a MusicXML header gives them, or null."""
    root = ElementTree.fromstring(musicxml_text(data, Limits()))  # noqa: S314 - screened above
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    people = [
        {"name": squeeze(e.text or ""), "role": e.get("type") or "creator"}
        for e in root.findall("identification/creator")
        if squeeze(e.text or "")
    ]  # fmt: skip
    return {
        "title": squeeze(title) or None,
        "creators": [person for person in people if person["role"] != "encoder"] or None,
    }


def header_of(path: str, data: bytes) -> dict[str, Any]:
    """Title and creators as a MusicXML or kern header gives them, or null."""
    if not path.endswith(".krn"):
        return xml_header(data)
    text = decoded(data)
    title = re.search(r"(?m)^!!!OTL[^:]*:(.*)$", text)
    composer = re.search(r"(?m)^!!!COM:(.*)$", text)
    name = squeeze(composer.group(1)) if composer else ""
    return {
        "title": (squeeze(title.group(1)) or None) if title else None,
        "creators": [{"name": name, "role": "composer"}] if name else None,
    }


def decoded(data: bytes) -> str:
    """A text file's text: UTF-8, else Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def tune_texts(data: bytes) -> list[str]:
    """The text of each tune of an ABC file, in order."""
    return re.split(r"(?m)^(?=X:)", decoded(data))[1:]


def tunes_of(data: bytes) -> list[dict[str, Any]]:
    """The title of each tune of an ABC file, in order."""
    titles = (re.search(r"(?m)^T:(.*)$", text) for text in tune_texts(data))
    return [{"title": (squeeze(title.group(1)) or None) if title else None} for title in titles]


def abc_header(text: str) -> dict[str, Any]:
    """Title and composer of the first tune of an ABC file, or null."""
    title = re.search(r"(?m)^T:(.*)$", text)
    composer = re.search(r"(?m)^C:\s*(.*?)\s*(\\footnotemark)?$", text)
    name = squeeze(composer.group(1)) if composer else ""
    person = {"name": name, "role": "composer"}
    return {
        "title": (squeeze(title.group(1)) or None) if title else None,
        "creators": [person] if name else None,
    }


if __name__ == "__main__":
    main()
