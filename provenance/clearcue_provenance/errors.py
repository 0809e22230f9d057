"""The errors of the record format. Each message is one plain line.

`check` names what failed, in the words that the verifier prints: "bundle", "envelope", "log proof",
"statement", "trust root", "licence", "delivery", "membership", "audio samples" or "file".
"""


class ProvenanceError(Exception):
    """Base of every error that this package raises on purpose."""

    check = "file"

    def __init__(self, message: str, *, check: str | None = None) -> None:
        super().__init__(message)
        if check is not None:
            self.check = check


class EncodingError(ProvenanceError):
    """Bytes that are not the one canonical encoding, or a value that has none.

    `offset` is the byte at which the trouble was noticed, or None where there is no such byte.
    """

    def __init__(self, message: str, *, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


class ShapeError(ProvenanceError):
    """A value that lacks a field, has one too many, or has one of another type."""


class EnvelopeError(ProvenanceError):
    """An envelope that cannot be read, or whose signature does not verify."""

    check = "envelope"


class KeyMaterialError(ProvenanceError):
    """A public key or a trust root that cannot be used."""

    check = "trust root"


class UnknownSignerError(EnvelopeError):
    """A signature by a key that the trust root does not hold for this purpose.

    `key_id` is the fingerprint that the bytes name.
    """

    def __init__(self, message: str, key_id: str) -> None:
        super().__init__(message)
        self.key_id = key_id


class LogProofError(ProvenanceError):
    """A checkpoint, a proof or a leaf that does not hold together."""

    check = "log proof"


class StatementError(ProvenanceError):
    """A statement or a predicate whose contents do not agree with the format."""

    check = "statement"


class MembershipError(ProvenanceError):
    """A proof of membership, or a list of members, that does not lead to its training set."""

    check = "membership"


class WavError(ProvenanceError):
    """A WAV file that the strict reader refuses."""

    check = "audio samples"


class LogWriteError(ProvenanceError):
    """The log on disk cannot be published to; nothing was signed."""

    check = "log"


class RolledBackError(LogWriteError):
    """The source of leaves is older than, or another than, what the log has published.

    `published` and `offered` are numbers of leaves.
    """

    def __init__(self, message: str, published: int, offered: int) -> None:
        super().__init__(message)
        self.published = published
        self.offered = offered
