"""The checkpoint of a log: C2SP tlog-checkpoint in a C2SP signed-note. See docs/formats/log.md.

The note's text is three lines: origin, number of leaves, root hash in base64. The log signs it with
Ed25519 (signature type 0x01) under a key name equal to the origin. `sign` writes one signature
line; witnesses may add lines behind it (`cosignature`). `parse` accepts just that, and whoever has
a trust root checks every line, so that no byte of a checkpoint goes unchecked.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from clearcue_provenance.canonical import decode_base64, encode_base64
from clearcue_provenance.errors import EncodingError, LogProofError
from clearcue_provenance.keys import ED25519, PublicKey, Signer
from clearcue_provenance.merkle import HASH_BYTES

MAX_CHECKPOINT_BYTES = 4096
MAX_ORIGIN_CHARACTERS = 200
MAX_LOG_SIZE = 2**53 - 1
MAX_COSIGNATURES = 16

_ED25519_TYPE = b"\x01"
_KEY_HASH_BYTES = 4
_SIGNATURE_BYTES = 64
_TIMESTAMP_BYTES = 8
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's line: its name, its key's hash, the second at which it signed, its signature."""

    name: str
    key_hash: bytes
    timestamp: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A parsed checkpoint: `stored` is the whole signed note, `signature` covers `text`."""

    stored: bytes
    origin: str
    size: int
    root: bytes
    key_hash: bytes
    signature: bytes
    cosignatures: tuple[Cosignature, ...] = ()

    @property
    def text(self) -> bytes:
        """The signed bytes: the note's text with its last newline."""
        return note_text(self.origin, self.size, self.root)


def check_origin(origin: str) -> None:
    """Return when a text can name a log.

    Raises:
        LogProofError: when it is empty, too long, or has spaces, control characters or a plus sign.
    """
    bad = any(
        c == "+" or c.isspace() or unicodedata.category(c) in {"Cc", "Cs", "Zs", "Zl", "Zp"}
        for c in origin
    )
    if bad or not 1 <= len(origin) <= MAX_ORIGIN_CHARACTERS:
        raise LogProofError("a log's origin must be text without spaces and without a plus sign")


def log_id(origin: str, key: PublicKey) -> bytes:
    """The 32-byte identity of a log's key: SHA-256(origin || 0x0A || 0x01 || raw key).

    Its first four bytes are the signed note's key hash.

    Raises:
        LogProofError: when the key is not an Ed25519 key.
    """
    check_origin(origin)
    if key.algorithm != ED25519:
        raise LogProofError("a checkpoint is signed with an Ed25519 key")
    name = origin.encode("utf-8")
    return hashlib.sha256(name + b"\n" + _ED25519_TYPE + key.raw).digest()


def note_text(origin: str, size: int, root: bytes) -> bytes:
    """The text of a checkpoint, with its last newline."""
    return f"{origin}\n{size}\n{encode_base64(root)}\n".encode()


def sign(origin: str, size: int, root: bytes, signer: Signer) -> bytes:
    """The stored bytes of a signed checkpoint.

    Raises:
        LogProofError: when the origin, the size, the root or the signer's algorithm does not fit.
    """
    if not 0 <= size <= MAX_LOG_SIZE or len(root) != HASH_BYTES:
        raise LogProofError("a checkpoint needs a size from 0 and a root of 32 bytes")
    key_hash = log_id(origin, signer.public_key)[:_KEY_HASH_BYTES]
    text = note_text(origin, size, root)
    return _join(text, origin, key_hash + signer.sign(text))


def parse(stored: bytes) -> Checkpoint:
    """The checkpoint in stored bytes. Nothing about it is true before `verify`.

    Raises:
        LogProofError: when the bytes are not three lines, a blank line and signature lines, the
            log's own first.
    """
    if len(stored) > MAX_CHECKPOINT_BYTES:
        raise LogProofError(f"a checkpoint of more than {MAX_CHECKPOINT_BYTES} bytes")
    try:
        lines = stored.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise LogProofError("a checkpoint that is not UTF-8 text") from error
    if not 6 <= len(lines) <= 6 + MAX_COSIGNATURES or lines[3] or lines[-1]:
        raise LogProofError("a checkpoint must have three lines, a blank one and its signatures")
    origin, size_text, root_text, _, signature_line = lines[:5]
    check_origin(origin)
    words = signature_line.split(" ")
    if len(words) != 3 or words[0] != "\u2014" or words[1] != origin:
        raise LogProofError("a checkpoint must be signed under the name of its origin")
    if not _SIZE.fullmatch(size_text) or int(size_text) > MAX_LOG_SIZE:
        raise LogProofError("a checkpoint whose number of leaves cannot be read")
    try:
        root, signature = decode_base64(root_text), decode_base64(words[2])
    except EncodingError as error:
        raise LogProofError(f"a checkpoint with {error}") from error
    if len(root) != HASH_BYTES or len(signature) != _KEY_HASH_BYTES + _SIGNATURE_BYTES:
        raise LogProofError("a checkpoint whose root or signature has the wrong length")
    return Checkpoint(
        stored,
        origin,
        int(size_text),
        root,
        signature[:_KEY_HASH_BYTES],
        signature[_KEY_HASH_BYTES:],
        tuple(_cosignature(line) for line in lines[5:-1]),
    )


def _cosignature(line: str) -> Cosignature:
    words = line.split(" ")
    if len(words) != 3 or words[0] != "\u2014":
        raise LogProofError("a checkpoint with a line that is no signature")
    check_origin(words[1])
    try:
        blob = decode_base64(words[2])
    except EncodingError as error:
        raise LogProofError(f"a checkpoint with {error}") from error
    if len(blob) != _KEY_HASH_BYTES + _TIMESTAMP_BYTES + _SIGNATURE_BYTES:
        raise LogProofError("a checkpoint with a signature that is not the log's or a witness's")
    timestamp = int.from_bytes(blob[_KEY_HASH_BYTES : _KEY_HASH_BYTES + _TIMESTAMP_BYTES], "big")
    signature = blob[_KEY_HASH_BYTES + _TIMESTAMP_BYTES :]
    return Cosignature(words[1], blob[:_KEY_HASH_BYTES], timestamp, signature)


def verify(checkpoint: Checkpoint, origin: str, key: PublicKey) -> None:
    """Return when the checkpoint was signed by this log's key.

    Raises:
        LogProofError: when it is another log's, names another key, or the signature does not
            verify.
    """
    if checkpoint.origin != origin:
        raise LogProofError(f"the checkpoint is of the log {checkpoint.origin!a}, not {origin!a}")
    if checkpoint.key_hash != log_id(origin, key)[:_KEY_HASH_BYTES]:
        raise LogProofError("the checkpoint is signed with a key that the trust root does not hold")
    if not key.verifies(checkpoint.signature, checkpoint.text):
        raise LogProofError("the checkpoint's signature does not match its text")


def _join(text: bytes, name: str, signature: bytes) -> bytes:
    return text + f"\n\u2014 {name} {encode_base64(signature)}\n".encode()
