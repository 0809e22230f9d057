"""C2PA manifests in audio files: written last, atomically, and read back before they count.

WAV, FLAC and MP3 carry the manifest inside; an OGG gets a sidecar, `NAME.c2pa`, because the library
cannot write into it. A manifest says that a trained algorithm created the music, discloses it as
AI-generated, does not allow training or mining, and names our record by its digest. The signature
is the keyring's C2PA key's, with no time stamp, so nothing is fetched.

After the C2PA specification 2.4 and the CAWG training and data mining assertion 1.1, through
contentauth's c2pa-python (MIT or Apache-2.0). The library's "Trusted" is what counts, its "Valid"
is not: the latter says nothing of who signed.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa

from clearcue.errors import BadInputError, ClearcueError
from clearcue.files import write_atomically
from clearcue.services.manifests import Told
from clearcue_provenance.keys import Signer

EMBEDDED = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg"}
SIDECAR = {".ogg": "audio/ogg"}
SIDECAR_ENDING = ".c2pa"
TRUSTED = "Trusted"
RECORD_LABEL = "org.clearcue.record"
_ALGORITHMIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_CREATED = ["c2pa.actions.v2", "c2pa.ai-disclosure", "cawg.training-mining", RECORD_LABEL]
_NOT_ALLOWED = (
    "cawg.ai_generative_training",
    "cawg.ai_inference",
    "cawg.ai_training",
    "cawg.data_mining",
)
_DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"


class ManifestError(ClearcueError):
    """A file's manifest could not be written, or does not read back as trusted."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a manifest is signed with: a P-256 key, its certificate chain and authority, PEM."""

    signer: Signer
    chain: bytes
    authority: bytes


@dataclass(frozen=True, slots=True)
class C2paManifests:
    """The port's real implementation. `credentials` are fetched when the first file is signed."""

    credentials: Callable[[], Credentials]

    def embed(self, folder: Path, names: Sequence[str], told: Told) -> None:
        """Put a manifest into each audio file of a folder that can hold one, or beside it."""
        audio = [folder / name for name in names if Path(name).suffix in {**EMBEDDED, **SIDECAR}]
        if audio:
            credentials = self.credentials()
            for path in audio:
                sign_file(path, told, credentials)


def sign_file(path: Path, told: Told, credentials: Credentials) -> Path:
    """Put a manifest into an audio file, or beside an OGG; gives the file that now holds it.

    The file is replaced in one rename, after the new one was read back as trusted.

    Raises:
        BadInputError: when no manifest is written for this kind of file.
        ManifestError: when the library cannot write it, or it does not read back as trusted.
        WriteError: when the file cannot be written; what was there stays.
    """
    kind = {**EMBEDDED, **SIDECAR}.get(path.suffix)
    if kind is None:
        raise BadInputError(f"no C2PA manifest is written into {path.suffix} files")
    content = path.read_bytes()
    if path.suffix in SIDECAR:
        manifest = _signed(content, kind, told, credentials, embed=False)[1]
        target = path.with_name(path.name + SIDECAR_ENDING)
        write_atomically(target, manifest)
        return target
    signed, _ = _signed(content, kind, told, credentials, embed=True)
    state = read_manifest(signed, kind, credentials.authority)["validation_state"]
    if state != TRUSTED:
        raise ManifestError(f"the manifest of {path.name} reads back as {state}; nothing changed")
    write_atomically(path, signed)
    return path


def read_manifest(content: bytes, kind: str, authority: bytes) -> dict[str, Any]:
    """What the library says of a file's manifest, believing this authority alone.

    Raises:
        ManifestError: when there is none, or it cannot be read.
    """
    try:
        with (
            _context(authority) as context,
            c2pa.Reader(kind, io.BytesIO(content), context=context) as reader,
        ):
            found: dict[str, Any] = json.loads(reader.json())
    except c2pa.C2paError as error:
        raise ManifestError(f"no C2PA manifest can be read: {error}") from error
    return found


def manifest_of(told: Told) -> dict[str, Any]:
    """The manifest's definition: generator, title and assertions."""
    return {
        "claim_version": 2,
        "claim_generator_info": [{"name": "Clearcue", "version": told.program}],
        "title": told.title,
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [{"action": "c2pa.created", "digitalSourceType": _ALGORITHMIC}],
                    "allActionsIncluded": True,
                },
            },
            {
                "label": "c2pa.ai-disclosure",
                "data": {"modelType": "c2pa.types.model", "contentType": "audio"},
            },
            {
                "label": "cawg.training-mining",
                "data": {"entries": {name: {"use": "notAllowed"} for name in _NOT_ALLOWED}},
            },
            {
                "label": RECORD_LABEL,
                "data": {
                    "track": told.track_id,
                    "record": {"alg": "sha256", "digest": told.record_digest},
                },
            },
        ],
    }


def _signed(
    content: bytes, kind: str, told: Told, credentials: Credentials, *, embed: bool
) -> tuple[bytes, bytes]:
    """The file with its manifest inside, and the manifest's bytes."""
    target = io.BytesIO()
    try:
        with (
            _context(credentials.authority) as context,
            c2pa.Signer.from_callback(
                credentials.signer.sign, c2pa.C2paSigningAlg.ES256, credentials.chain.decode()
            ) as signer,
            c2pa.Builder(manifest_of(told), context=context) as builder,
        ):
            if not embed:
                builder.set_no_embed()
            manifest = builder.sign(signer, kind, io.BytesIO(content), target)
    except c2pa.C2paError as error:
        raise ManifestError(f"the C2PA manifest cannot be written: {error}") from error
    return target.getvalue(), manifest


def _context(authority: bytes) -> c2pa.Context:
    """Nothing is fetched, no thumbnail is made, and this authority alone is believed."""
    settings: Mapping[str, Any] = {
        "version": 1,
        "trust": {"trust_anchors": authority.decode(), "trust_config": _DOCUMENT_SIGNING},
        "verify": {
            "verify_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
            "verify_after_sign": False,
        },
        "builder": {"created_assertion_labels": _CREATED, "thumbnail": {"enabled": False}},
    }
    return c2pa.Context.from_dict(dict(settings))
