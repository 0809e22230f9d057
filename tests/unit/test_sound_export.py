"""Files: the exact samples in WAV and FLAC, whole MP3s, tags, and nothing half-written."""

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from clearcue.errors import BadInputError
from clearcue.files import WriteError
from clearcue.sound.export import encode, write_audio
from clearcue.sound.render import pcm_bytes

TAGS = {"title": "Trial", "comment": "https://example.org/records/1"}


def _samples(frames: int = 100_003) -> np.ndarray:
    rng = np.random.default_rng(3)
    values = rng.integers(-(2**23), 2**23, (frames, 2), dtype=np.int32)
    values[0] = (-(2**23), 2**23 - 1)
    values[1] = (-1, 1)
    return values


def _data_chunk(content: bytes) -> bytes:
    at = 12
    while at < len(content):
        name, size = struct.unpack("<4sI", content[at : at + 8])
        if name == b"data":
            return content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise AssertionError("no data chunk")


def test_wav_data_chunk_is_the_pcm() -> None:
    """The bytes that are hashed are those in the WAV, extremes included."""
    samples = _samples()
    content = encode(samples, ".wav", TAGS)
    assert _data_chunk(content) == pcm_bytes(samples)
    assert struct.unpack("<H", content[34:36])[0] == 24


def test_pcm_bytes_are_little_endian_and_interleaved() -> None:
    """Two frames by hand."""
    samples = np.array([[1, -1], [0x123456, -(2**23)]], dtype=np.int32)
    assert pcm_bytes(samples).hex() == "010000" + "ffffff" + "563412" + "000080"


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_lossless_files_hold_the_samples_and_tags(tmp_path: Path, suffix: str) -> None:
    """Reading WAV and FLAC back gives the same samples, and the tags."""
    path, samples = tmp_path / f"a{suffix}", _samples()
    write_audio(path, samples, TAGS)
    back, rate = soundfile.read(path, dtype="int32")
    assert rate == 48_000
    assert np.array_equal(back >> 8, samples)
    with soundfile.SoundFile(path) as file:
        assert file.title == "Trial"
        assert file.comment == TAGS["comment"]


def test_mp3_has_the_exact_length(tmp_path: Path) -> None:
    """A gapless MP3 decodes to as many frames as went in, near the same signal."""
    t = np.arange(96_000) / 48_000
    wave = np.rint(2**21 * np.sin(2 * np.pi * 440 * t)).astype(np.int32)
    write_audio(tmp_path / "a.mp3", np.stack((wave, wave), axis=1), TAGS)
    back, rate = soundfile.read(tmp_path / "a.mp3")
    assert (rate, back.shape) == (48_000, (96_000, 2))
    assert np.abs(back[:, 0] - wave / 2**23).max() < 0.02


def test_same_samples_give_the_same_file() -> None:
    """No file carries the time at which it was written."""
    samples = _samples(5000)
    for suffix in (".wav", ".flac", ".mp3"):
        assert encode(samples, suffix, TAGS) == encode(samples, suffix, TAGS)


def test_mp3_carries_the_tags_in_any_script() -> None:
    """What a reader of ID3v2.4 finds in the file is what was given, whatever its length."""
    tags = {**TAGS, "title": "Übung für 弦", "license": "ad-web-1.0.0", "copyright": "x" * 300}
    content = encode(_samples(5000), ".mp3", tags)
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        assert {name: getattr(file, name) for name in ("title", "comment", "copyright")} == {
            name: tags[name] for name in ("title", "comment", "copyright")
        }
        assert file.frames == 5000
    assert b"TXXX" in content[:2000]
    assert encode(_samples(5000), ".mp3")[:3] != b"ID3"


def test_unknown_format_or_tag_is_refused(tmp_path: Path) -> None:
    """Another suffix or tag is bad input, and nothing is written."""
    with pytest.raises(BadInputError, match=r"\.wav, \.flac or \.mp3"):
        write_audio(tmp_path / "a.aiff", _samples(10))
    with pytest.raises(BadInputError, match="no tag"):
        write_audio(tmp_path / "a.wav", _samples(10), {"composer": "x"})
    assert list(tmp_path.iterdir()) == []


def test_missing_or_forbidden_folder_is_one_clear_line(tmp_path: Path) -> None:
    """A folder that is none, or not there, gives one line that says what to do."""
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "absent"):
        with pytest.raises(WriteError, match=r"^cannot write .*folder$") as caught:
            write_audio(folder / "a.wav", _samples(10))
        assert "\n" not in str(caught.value)


def test_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path: Path) -> None:
    """A write that the system cuts off half-way leaves the old file as it was."""
    (tmp_path / "a.wav").write_bytes(b"old")
    script = (
        "import resource, signal, sys, numpy\n"
        "from pathlib import Path\n"
        "from clearcue.files import WriteError\n"
        "from clearcue.sound.export import write_audio\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try:\n"
        "    write_audio(Path(sys.argv[1]), numpy.ones((48_000, 2), numpy.int32))\n"
        "except WriteError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.wav")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("cannot write ")
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert (tmp_path / "a.wav").read_bytes() == b"old"
