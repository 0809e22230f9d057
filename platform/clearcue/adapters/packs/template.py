"""A manifest for a folder of a customer's own, to be filled in: hashes, and every fact unknown."""

import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from clearcue.errors import BadInputError
from clearcue.rights.manifest import FORMAT, read_manifest
from clearcue.rights.values import Territory

SCORES = (".mid", ".midi", ".mxl", ".xml", ".musicxml", ".abc", ".krn")


def template(folder: Path, name: str, today: date) -> str:
    """A valid manifest of a folder's scores that permits nothing yet.

    Raises:
        BadInputError: when there is no score below the folder.
        ManifestError: when the name is not one that a manifest can have.
    """
    files = [
        _file(path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SCORES and path.is_file() and not path.is_symlink()
    ]
    if not files:
        raise BadInputError(f"there is no score below {folder}: {', '.join(SCORES)}")
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "name": name,
        "source": f"{name}, {today.isoformat()}",
        "content": "scores",
        "pack": None,
        "policy_version": "1",
        "evidence": {},
        "people": {},
        "groups": [_group(len(files), today)],
        "files": files,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    read_manifest(text.encode(), "template")
    return text


def _file(path: str, data: bytes) -> dict[str, Any]:
    plain = re.sub(r"[^A-Za-z0-9._/-]+", "_", path)
    made: dict[str, Any] = {"path": path, "sha256": hashlib.sha256(data).hexdigest()}
    return {**made, "id": plain[-150:], "group": "works", "composition": {"title": None}}


def _group(works: int, today: date) -> dict[str, Any]:
    return {
        "id": "works",
        "paths": "**",
        "kind": "works of our own",
        "works": works,
        "note": None,
        "composition": {
            "title": None,
            "creators": None,
            "first_published": None,
            "anonymous": None,
            "licence": None,
            "public_domain": {str(territory): None for territory in Territory},
            "evidence": [],
        },
        "encoding": {"encoder": None, "licence": None, "scope": None, "granted_by": None},
        "evidence": [],
        "decision": {
            "permissions": {"train": None, "compare": None, "redistribute": None},
            "obligations": [],
            "verdict": "unclear",
            "confidence": "low",
            "reviewer": None,
            "policy_version": "1",
            "decided_on": today.isoformat(),
        },
        "use": "train",
    }
