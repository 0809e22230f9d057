"""How a track is finished: its loudness, and which versions of it are delivered with it.

Conventions: a loudness is in whole LUFS; versions are asked for by the names in `VERSIONS`, kept in
that order. The default asks for nothing beyond mix and stems.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clearcue.errors import BadInputError

LOUDNESS = {-14: "streaming", -16: "speech-led streaming", -23: "EBU R 128", -24: "ATSC A/85"}
"""The loudnesses that a mix can have, in LUFS, and who asks for them."""

BANKS = ("computed", "sampled")
"""Who plays: the computed bank alone, or a SoundFont where it has the better instrument."""

VERSIONS = {
    "underscore": "without the melody",
    "loop": "the strongest section, without a seam",
    "sting": "5 s of the same themes",
    "cutdowns": "60, 30, 15 and 6 s of the same themes, as far as they are shorter",
    "voice-over": "with room for a voice, 10 LU down",
    "disc": "44.1 kHz, 16 bit, dithered",
    "pictures": "waveform and spectrogram for a page",
}
"""What can be delivered beyond the mix and its stems, and what it is."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Loudness in LUFS, the names of versions, and the bank that plays.

    Raises:
        BadInputError: when the loudness, a version or the bank is none of those known.
    """

    loudness: int = -14
    versions: tuple[str, ...] = ()
    bank: str = "computed"

    def __post_init__(self) -> None:
        if self.loudness not in LOUDNESS:
            known = ", ".join(f"{lufs} ({use})" for lufs, use in LOUDNESS.items())
            raise BadInputError(f"{self.loudness} is no loudness on offer; choose one of {known}")
        if self.bank not in BANKS:
            raise BadInputError(f"{self.bank!r} is no bank; choose {' or '.join(BANKS)}")
        unknown = [name for name in self.versions if name not in VERSIONS]
        if unknown:
            raise BadInputError(
                f"{unknown[0]!r} is no version; choose from {', '.join(VERSIONS)}, or all"
            )


AS_USUAL = Finish()
"""-14 LUFS, mix and stems."""


def parse_versions(text: str) -> tuple[str, ...]:
    """Read names of versions with commas between, or `all`, in the order of `VERSIONS`.

    Raises:
        BadInputError: when a name is none of those known.
    """
    asked = {name.strip() for name in text.split(",") if name.strip()}
    if asked == {"all"}:
        return tuple(VERSIONS)
    unknown = sorted(asked - set(VERSIONS))
    return (*(name for name in VERSIONS if name in asked), *unknown)


def plain_finish(finish: Finish) -> dict[str, Any]:
    """A finish as records and jobs write it; what is the default is left out."""
    plain: dict[str, Any] = {}
    if finish.loudness != AS_USUAL.loudness:
        plain["loudness_lufs"] = finish.loudness
    if finish.versions:
        plain["versions"] = list(finish.versions)
    if finish.bank != AS_USUAL.bank:
        plain["bank"] = finish.bank
    return plain


def read_finish(plain: Mapping[str, Any]) -> Finish:
    """The finish that `plain_finish` wrote; other keys are ignored.

    Raises:
        BadInputError: when a value is none of those known.
    """
    return Finish(
        plain.get("loudness_lufs", AS_USUAL.loudness),
        tuple(plain.get("versions", ())),
        plain.get("bank", AS_USUAL.bank),
    )
