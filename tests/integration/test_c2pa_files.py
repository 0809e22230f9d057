"""C2PA manifests: an independent reader trusts them, and no changed byte; the sound stays."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import encypher_c2pa
import numpy as np
import pytest
import soundfile

from clearcue.adapters.c2pa_ca import local_chain
from clearcue.adapters.c2pa_files import (
    EMBEDDED,
    C2paManifests,
    Credentials,
    ManifestError,
    read_manifest,
    sign_file,
)
from clearcue.adapters.key_files import KeyringError
from clearcue.adapters.keys import FileKeyring
from clearcue.errors import BadInputError
from clearcue.services.manifests import Told
from clearcue.sound.export import encode

TOLD = Told("A title", "TRACK", "ab" * 32, "0.1.0")
ENDINGS = (".wav", ".flac", ".mp3")
SOUND = (np.sin(np.arange(2 * 48_000) / 30) * 2**20).astype(np.int32).repeat(2).reshape(-1, 2)


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    """A key with a local authority's certificate."""
    return _credentials(tmp_path / "home")


def _credentials(home: Path) -> Credentials:
    ring = FileKeyring(home, None, lambda: datetime.now(UTC))
    signer = ring.c2pa()
    return Credentials(signer, *local_chain(home / "keys", signer, ring.now()))


def _signed(folder: Path, ending: str, credentials: Credentials) -> Path:
    path = folder / f"track{ending}"
    path.write_bytes(encode(SOUND, ending, {"title": "A title", "comment": "a comment"}))
    return sign_file(path, TOLD, credentials)


def _outside(path: Path, credentials: Credentials) -> Any:
    """What encypher-c2pa, which shares no code with our library, says; it fetches nothing."""
    return encypher_c2pa.verify(
        path, trust_pem=credentials.authority.decode(), no_default_trust=True, telemetry=False,
        online=False,
    )  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_independent_reader_trusts_the_file(
    tmp_path: Path, credentials: Credentials, ending: str
) -> None:
    """Signature, binding and issuer hold for a reader of other people's making."""
    said = _outside(_signed(tmp_path, ending, credentials), credentials)
    assert (said["integrity"], said["signature"], said["hard_binding"]) == (
        "valid", "valid", "match",
    )  # fmt: skip
    assert said["validation_state"] == "Trusted"


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_manifest_says_how_the_music_was_made(
    tmp_path: Path, credentials: Credentials, ending: str
) -> None:
    """A trained algorithm created it, it is disclosed, mining is not allowed, and our record."""
    path = _signed(tmp_path, ending, credentials)
    found = read_manifest(path.read_bytes(), EMBEDDED[ending], credentials.authority)
    assert found["validation_state"] == "Trusted"
    manifest = found["manifests"][found["active_manifest"]]
    said = {one["label"]: one["data"] for one in manifest["assertions"]}
    action = said["c2pa.actions.v2"]["actions"][0]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert said["c2pa.actions.v2"]["allActionsIncluded"] is True
    assert {one["use"] for one in said["cawg.training-mining"]["entries"].values()} == {
        "notAllowed"
    }
    assert said["org.clearcue.record"] == {
        "track": "TRACK", "record": {"alg": "sha256", "digest": "ab" * 32},
    }  # fmt: skip
    assert "c2pa.ai-disclosure" in said


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_changed_byte_of_the_sound_is_refused_by_both_readers(
    tmp_path: Path, credentials: Credentials, ending: str
) -> None:
    """Neither the independent reader nor ours trusts a file whose sound was changed."""
    path = _signed(tmp_path, ending, credentials)
    data = bytearray(path.read_bytes())
    # MP3 and FLAC carry the manifest before the sound, WAV behind it.
    data[len(data) // 3 if ending == ".wav" else len(data) - 2000] ^= 1
    path.write_bytes(data)
    assert _outside(path, credentials)["validation_state"] != "Trusted"
    state = read_manifest(bytes(data), EMBEDDED[ending], credentials.authority)["validation_state"]
    assert state != "Trusted"


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_sound_and_the_tags_stay(tmp_path: Path, credentials: Credentials, ending: str) -> None:
    """Decoded, the file gives the same samples, and its tags are there."""
    plain = encode(SOUND, ending, {"title": "A title", "comment": "a comment"})
    path = _signed(tmp_path, ending, credentials)
    before = soundfile.read(io.BytesIO(plain), dtype="int32")[0]
    assert np.array_equal(before, soundfile.read(path, dtype="int32")[0])
    with soundfile.SoundFile(path) as file:
        assert file.title == "A title"
        assert file.comment == "a comment"


def test_an_ogg_gets_a_sidecar(tmp_path: Path, credentials: Credentials) -> None:
    """The OGG stays as it was, and the manifest beside it holds for the independent reader."""
    path = tmp_path / "track.ogg"
    soundfile.write(path, SOUND[:48_000], 48_000, format="OGG", subtype="VORBIS")
    before = path.read_bytes()
    sidecar = sign_file(path, TOLD, credentials)
    assert (sidecar.name, path.read_bytes()) == ("track.ogg.c2pa", before)
    said = encypher_c2pa.verify(
        path, manifest_store=sidecar, trust_pem=credentials.authority.decode(),
        no_default_trust=True, telemetry=False, online=False,
    )  # fmt: skip
    assert said["signature"] == "valid"


def test_another_authority_is_not_trusted(tmp_path: Path, credentials: Credentials) -> None:
    """A good manifest of somebody else's is valid and not trusted."""
    path = _signed(tmp_path, ".wav", credentials)
    other = _credentials(tmp_path / "other")
    state = read_manifest(path.read_bytes(), "audio/wav", other.authority)["validation_state"]
    assert state == "Valid"
    assert _outside(path, other)["validation_state"] != "Trusted"


def test_what_cannot_be_signed_stays_as_it_was(tmp_path: Path, credentials: Credentials) -> None:
    """A file of another kind, and one that is no audio, are clear errors and are not changed."""
    note = tmp_path / "note.txt"
    note.write_text("no audio")
    with pytest.raises(BadInputError, match="no C2PA manifest"):
        sign_file(note, TOLD, credentials)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF no wav")
    with pytest.raises(ManifestError, match="cannot be written"):
        sign_file(broken, TOLD, credentials)
    assert broken.read_bytes() == b"RIFF no wav"
    with pytest.raises(ManifestError, match="no C2PA manifest can be read"):
        read_manifest(encode(SOUND, ".wav"), "audio/wav", credentials.authority)
    C2paManifests(lambda: credentials).embed(tmp_path, ["note.txt"], TOLD)
    assert note.read_text() == "no audio"


def test_the_certificate_is_made_once_and_is_the_keys(tmp_path: Path) -> None:
    """The same chain comes back, its authority signs no more, and another key's is refused."""
    first, again = _credentials(tmp_path / "home"), _credentials(tmp_path / "home")
    assert (first.chain, first.authority) == (again.chain, again.authority)
    assert b"PRIVATE" not in first.chain + first.authority
    folder = tmp_path / "home" / "keys"
    for path in folder.glob("c2pa-2*.pem"):
        path.unlink()
    with pytest.raises(KeyringError, match="certificate of another key"):
        _credentials(tmp_path / "home")
