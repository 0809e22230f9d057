"""Make `data/rights/music21.json`, the rights manifest of music21's corpus.

Run it as

    python tests/support/make_rights_manifest.py EVIDENCE_FOLDER --read-on 2026-11-22

where EVIDENCE_FOLDER holds `music21-cleared.json` and `music21-groups.json` (the review: which
files, their hashes, their verdicts) and music21 is installed. Nothing is taken over unseen: each
file's hash is computed, titles and creators are read from its own header, and each quote that is
said to stand in a file is looked for in that file; the script stops where one is not found.

What is written by hand here is only how the review's words map to the manifest's terms (`GRANTS`),
and the facts that were read outside the files (`SHARED_EVIDENCE`), each with where and when.
"""

import argparse
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

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


def main() -> None:
    """Read the review and the files, and write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evidence", type=Path)
    parser.add_argument("--read-on", required=True, help="today's date, ISO 8601")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    files = json.loads((arguments.evidence / "music21-cleared.json").read_text("utf-8"))
    groups = json.loads((arguments.evidence / "music21-groups.json").read_text("utf-8"))
    evidence: dict[str, Any] = dict(SHARED_EVIDENCE)
    works = [work(entry, evidence, arguments.read_on) for entry in files]
    manifest = {
        "format": FORMAT,
        "source": SOURCE,
        "policy_version": POLICY_VERSION,
        "evidence": evidence,
        "groups": make_groups(groups, evidence),
        "works": sorted(works, key=lambda entry: entry["identity"]["id"]),
    }
    manifest["evidence"] = dict(sorted(evidence.items()))
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    read_manifest(text.encode(), arguments.output.name)
    arguments.output.write_text(text, "utf-8")


def work(entry: dict[str, Any], evidence: dict[str, Any], read_on: str) -> dict[str, Any]:
    """One file's entry; checks its hash and adds its own quotes to the evidence."""
    path = entry["path"]
    data = (corpus_folder() / path).read_bytes()
    if entry["source"] != SOURCE or hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise SystemExit(f"{path}: not the reviewed file")
    is_abc = path.endswith(".abc")
    text = data.decode("utf-8", "replace") if is_abc else xml_words(data)
    header = abc_header(text) if is_abc else xml_header(data)
    grant = GPL_GRANT if is_abc else GRANTS.get(path)
    names = own_evidence(path, grant, text, evidence, read_on) if grant else gutenberg(path)
    return {
        "identity": {
            "id": "music21:" + path.rsplit(".", 1)[0],
            "source": SOURCE,
            "path": path,
            "sha256": entry["sha256"],
            "tunes": entry["works"],
        },
        "composition": header,
        "encoding": {
            "encoder": grant.encoder if grant else None,
            "licence": grant.licence if grant else GUTENBERG_LICENCE,
            "scope": grant.scope if grant else "encoding",
            "granted_by": grant.granted_by if grant else gutenberg_grantor(path),
        },
        "evidence": names,
        "decision": decision(entry["verdict"], grant, header, read_on),
    }


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


def decision(
    verdict: str, grant: Grant | None, header: dict[str, Any], read_on: str
) -> dict[str, Any]:
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
        "reviewer": None,
        "policy_version": POLICY_VERSION,
        "decided_on": read_on,
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
        {"name": squeeze(e.text or ""), "role": e.get("type") or "creator", "born": None,
         "died": None}
        for e in root.findall("identification/creator")
        if squeeze(e.text or "")
    ]  # fmt: skip
    return {
        "title": squeeze(title) or None,
        "creators": [person for person in people if person["role"] != "encoder"] or None,
        "first_published": None,
    }


def abc_header(text: str) -> dict[str, Any]:
    """Title and composer of the first tune of an ABC file, or null."""
    title = re.search(r"(?m)^T:(.*)$", text)
    composer = re.search(r"(?m)^C:\s*(.*?)\s*(\\footnotemark)?$", text)
    name = squeeze(composer.group(1)) if composer else ""
    person = {"name": name, "role": "composer", "born": None, "died": None}
    return {
        "title": (squeeze(title.group(1)) or None) if title else None,
        "creators": [person] if name else None,
        "first_published": None,
    }


def make_groups(groups: list[dict[str, Any]], evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """The review's groups; Norbeck's tunes, counted there twice, are taken out of O'Neill's."""
    norbeck = sum(g["works"] for g in groups if "norbeck" in g["path"])
    made = []
    for group in groups:
        inside = group["path"] == "oneills1850/*.abc"
        listed = group["verdict"] in ("cleared", "cleared-medium", "conditional")
        slug = re.sub(r"[^a-z0-9]+", "-", group["path"].lower()).strip("-")[:60].rstrip("-")
        if not listed:
            evidence[f"group:{slug}"] = {
                "quote": group["evidence"],
                "where": f"the review of the files {group['path']} of {SOURCE}",
                "read_on": REVIEW_READ_ON,
            }
        made.append({
            "id": slug,
            "paths": group["path"],
            "works": group["works"] - (norbeck if inside else 0),
            "listed": listed,
            "kind": group["kind"],
            "composition": None if group["composition"] == "-" else group["composition"],
            "encoding_licence": group["encoding_licence"],
            "verdict": group["verdict"],
            "evidence": [] if listed else [f"group:{slug}"],
            "note": f"without the {norbeck} tunes transcribed by Norbeck, which are a group of "
            "their own" if inside else None,
        })  # fmt: skip
    return made


if __name__ == "__main__":
    main()
