"""Verify a track's bundle and the files that go with it, offline.

The caller supplies bytes, a trust root (or None) and the time; nothing is read from elsewhere.
Every step that fails is reported, with what it looked at. The steps, each tagged with its number
below:

0. The trust root, where there is one, has not expired at the time given.
1. The bundle's bytes are the one canonical encoding of a bundle.
2. The key comes from the trust root, by the id that the envelope names, for the purpose "records".
   Without a trust root the key that the log's leaf states is used, and the signer counts as not
   known.
3. The envelope's signature over its stored payload verifies with that key and its algorithm.
4. The log's leaf is that of this envelope and key, and the proof leads from it to the checkpoint's
   root.
5. The checkpoint is signed by a log of the trust root, and cosigned by as many witnesses as it asks
   for; every further signature line is of a witness that it names. Without a trust root none of
   these is checked.
6. Every other field of the bundle is what the verified values make of it.
7. The payload is one canonical statement of the expected kind, states a time at which the key was
   allowed to sign, and was logged before the key was revoked, if it was.
8. licence.json, delivery.json and authorship.json pass steps 1 to 7 themselves, and point at this
   bundle's record.
9. The licence's period is compared with the time given. licence-end.json passes steps 1 to 7 itself
   and names that licence by its digest; status.json is signed, fresh, and names it too. All are
   reported; none of them decides whether the record is verified, but a false one fails.
10. record.json is, byte for byte, the envelope in the bundle.
11. A WAV's decoded samples, with their rate, width and channels, are a subject of the record. Other
    files are a subject by their hash, or are listed with their hash in a delivery that passed step
    8.

What the caller must still decide: whether to trust the trust root; whether the licence covers the
use in hand; whether it was revoked since, where no licence-end.json is given (a bundle says nothing
about what came after its checkpoint).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from clearcue_provenance import (
    bundle,
    facts,
    predicates,
    statement,
    status,
    trust,
    wav,
)
from clearcue_provenance.errors import ProvenanceError, StatementError, WavError
from clearcue_provenance.steps import check_bundle

_NO_RECORD = "not checked: the bundle did not verify"
_RECORD_START = b'{"payload":'
_ROLE_NAMES = {
    "licence.json": "licence",
    "delivery.json": "delivery",
    "authorship.json": "authorship",
    "licence-end.json": "licence end",
    "record.json": "record",
}
_ROLE_TYPES = {
    predicates.LICENCE: "licence",
    predicates.DELIVERY: "delivery",
    predicates.AUTHORSHIP: "authorship",
}
_END = "licence end"


class File(Protocol):
    """Something with a name and bytes; the bytes may be read anew each time they are asked for."""

    @property
    def name(self) -> str:
        """What to call the file in the report."""
        ...

    @property
    def data(self) -> bytes:
        """Its bytes."""
        ...


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file's bytes, and the name to call it by in the report."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check: of what, in which file, and what came out in plain words.

    `passed` None means that the check could not be made because another one failed.
    """

    check: str
    file: str
    passed: bool | None
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes. `signer` is the fingerprint that the bundle was signed under, or empty.

    `track`, `licence`, `authorship` and `ledger` hold facts from statements that passed, and are
    empty otherwise.
    """

    checks: tuple[Check, ...]
    signer: str
    signer_known: bool
    track: Mapping[str, Any] = field(default_factory=dict)
    licence: Mapping[str, Any] = field(default_factory=dict)
    ledger: Mapping[str, Any] = field(default_factory=dict)
    authorship: Mapping[str, Any] = field(default_factory=dict)

    @property
    def consistent(self) -> bool:
        """Whether every check passed that could be made."""
        return all(check.passed for check in self.checks)

    @property
    def verified(self) -> bool:
        """Whether every check passed, with a signer that the trust root knows."""
        return self.consistent and self.signer_known

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that failed, each once, in the order in which they were made."""
        return tuple(dict.fromkeys(c.check for c in self.checks if c.passed is False))

    @property
    def verdict(self) -> str:
        """The one-line outcome."""
        if not self.consistent:
            return f"not verified: {', '.join(self.failed)}"
        return "verified" if self.signer_known else f"consistent, signer not known: {self.signer}"

    def plain(self) -> dict[str, Any]:
        """The report as texts, truth values, lists and mappings, such as JSON holds."""
        return {
            "verified": self.verified,
            "result": self.verdict,
            "signer": self.signer,
            "signer_known": self.signer_known,
            "failed": list(self.failed),
            "checks": [
                {"check": c.check, "file": c.file, "passed": c.passed, "message": c.message}
                for c in self.checks
            ],
            "track": dict(self.track),
            "licence": dict(self.licence),
            "ledger": dict(self.ledger),
            "authorship": dict(self.authorship),
        }


def looks_like_bundle(data: bytes) -> bool:
    """Whether bytes are, or once were, a bundle: what is not is unreadable rather than untrue."""
    return b'"dsseEnvelope"' in data or bundle.MEDIA_TYPE.encode() in data


def verify(
    main: File,
    files: Sequence[File],
    trust_root: trust.TrustRoot | None,
    now: datetime,
) -> Report:
    """Check a bundle and the files given with it, by the steps in this module's docstring.

    Args:
        main: bundle.json.
        files: audio, scores, licence.json, delivery.json, authorship.json or record.json.
        trust_root: the keys to believe, or None when there are none.
        now: the time to compare a licence's period with.

    Raises:
        Nothing of its own for any bytes: what is wrong with them is in the report.
    """
    return _Verification(trust_root, now).run(main, files)


class _Verification:
    """One run: what has been found so far. Not for use outside this module."""

    def __init__(self, trust_root: trust.TrustRoot | None, now: datetime) -> None:
        self.trust_root = trust_root
        self.now = now
        self.checks: list[Check] = []
        self.record: bundle.Bundle | None = None
        self.subjects: tuple[statement.Subject, ...] = ()
        self.delivered: dict[str, str] = {}
        self.delivery_failed = False
        self.track: dict[str, Any] = {}
        self.licence: dict[str, Any] = {}
        self.authorship: dict[str, Any] = {}

    def run(self, main: File, files: Sequence[File]) -> Report:
        if self.trust_root is not None:
            try:
                self.trust_root.refuse_stale(self.now)  # 0
            except ProvenanceError as error:
                self._note(error.check, main, False, str(error))
        signer = self._check_record(main)
        roles = [(file, _role(file)) for file in files]
        for file, role in roles:
            if role in _ROLE_TYPES.values():
                self._check_attached(file, role)  # 8, 9
        for file, role in roles:
            if role == _END:
                self._check_end(file)  # 9
            elif role == "status":
                self._check_status(file)  # 9
            elif role == "record":
                self._check_envelope_copy(file)  # 10
            elif role == "file":
                self._check_file(file)  # 11
        return Report(
            tuple(self.checks),
            signer,
            self.trust_root is not None and self.record is not None,
            self.track,
            self.licence,
            authorship=self.authorship,
        )

    def _note(self, check: str, file: File, passed: bool | None, message: str) -> None:
        self.checks.append(Check(check, file.name, passed, message))

    def _check_record(self, file: File) -> str:
        try:
            parsed, stated, key = check_bundle(file.data, self.trust_root)
            if stated.predicate_type != predicates.GENERATION:
                raise StatementError("this bundle does not state how a track was made")
        except ProvenanceError as error:
            self._note(error.check, file, False, str(error))
            return str(getattr(error, "key_id", ""))
        self.record, self.subjects = parsed, stated.subjects
        self.track = facts.track_facts(parsed, stated)
        known = self.trust_root is not None
        self._note("envelope", file, True, f"signed by the key {key.key_id}")
        self._note(
            "log proof",
            file,
            True,
            f"leaf {parsed.index} of the log {parsed.checkpoint.origin} as of "
            f"{parsed.checkpoint.size} leaves"
            + ("" if known else "; the checkpoint's signature was not checked"),
        )
        self._note("statement", file, True, f"made at {facts.signed_at(stated)}")
        return key.key_id

    def _check_attached(self, file: File, role: str) -> None:
        try:
            parsed, stated, key = check_bundle(file.data, self.trust_root)
            if _ROLE_TYPES.get(stated.predicate_type) != role:
                raise StatementError(f"this file does not state a {role}")
            if self.record is None:
                self._note(role, file, None, _NO_RECORD)
                return
            if stated.predicate["record"]["sha256"] != self.record.digest:
                raise StatementError(f"this {role} belongs to another record")
            if self.trust_root is None and key.key_id != self.record.hint:
                raise StatementError(f"this {role} is signed with another key than the record")
        except ProvenanceError as error:
            self.delivery_failed |= role == "delivery"
            self._note(role, file, False, f"{error.check}: {error}")
            return
        if role == "delivery":
            self.delivered.update(
                {entry["sha256"]: entry["name"] for entry in stated.predicate["files"]}
            )
            self._note(role, file, True, f"lists {len(stated.predicate['files'])} files")
        elif role == "authorship":
            self.authorship = facts.authorship_facts(stated)
            self._note(role, file, True, "; ".join(self.authorship["in_words"]))
        else:
            self.licence = facts.licence_facts(stated, parsed.digest, self.now)  # 9
            self._note(role, file, True, facts.licence_words(self.licence))

    def _check_end(self, file: File) -> None:
        try:
            _, stated, key = check_bundle(file.data, self.trust_root)
            if stated.predicate_type != predicates.LICENCE_END:
                raise StatementError("this file does not state a licence's end")
            if not self.licence:
                self._note(_END, file, None, "not checked: no licence.json verified")
                return
            if stated.predicate["licence"]["sha256"] != self.licence["digest"]:
                raise StatementError("this is another licence's end")
            if self.trust_root is None and self.record and key.key_id != self.record.hint:
                raise StatementError("this end is signed with another key than the record")
        except ProvenanceError as error:
            self._note(_END, file, False, f"{error.check}: {error}")
            return
        self.licence |= facts.end_facts(stated)
        self._note(_END, file, True, facts.end_words(self.licence))

    def _check_status(self, file: File) -> None:
        if self.trust_root is None or not self.licence:
            lacking = "no trust root" if self.trust_root is None else "no licence.json verified"
            self._note("status", file, None, f"not checked: {lacking}")
            return
        try:
            said = status.check(file.data, self.trust_root, self.licence["digest"], self.now)
        except ProvenanceError as error:
            self._note("status", file, False, str(error))
            return
        self.licence |= {"state": said["state"], "status_at": said["stated_at"]}
        words = f"{said['state']} as of {said['stated_at']}, good until {said['fresh_until']}"
        self._note("status", file, True, words)

    def _check_envelope_copy(self, file: File) -> None:
        if self.record is None:
            self._note("record", file, None, _NO_RECORD)
            return
        same = file.data == self.record.envelope.stored
        message = "the envelope in the bundle" if same else "not the envelope in the bundle"
        self._note("record", file, same, message)

    def _check_file(self, file: File) -> None:
        data = file.data
        if self.record is None:
            self._note("file", file, None, _NO_RECORD)
            return
        if wav.is_wav(data) or file.name.lower().endswith(".wav"):
            self._check_audio(file, data)
            return
        digest = hashlib.sha256(data).hexdigest()
        subject = next((s for s in self.subjects if s.pcm is None and s.sha256 == digest), None)
        if subject is not None:
            self._note("file", file, True, f"is the record's {subject.name}")
        elif data == self.record.stored:
            self._note("file", file, True, "is the bundle itself")
        elif digest in self.delivered:
            name = self.delivered[digest]
            self._note("file", file, True, f"is the delivered {name}, by its hash")
        else:
            if self.delivery_failed:
                self._note("file", file, None, "not checked: the delivery did not verify")
                return
            words = "is neither a subject of the record nor a delivered file"
            if not self.delivered:
                words += " (no delivery.json was given)"
            self._note("file", file, False, words)

    def _check_audio(self, file: File, data: bytes) -> None:
        delivered = self.delivered.get(hashlib.sha256(data).hexdigest())
        try:
            pcm = wav.read_pcm(data)
        except WavError as error:
            passed = delivered is not None
            words = f"{error}; by its hash the delivered {delivered}" if passed else str(error)
            self._note("audio samples", file, passed, words)
            return
        subject = next(
            (s for s in self.subjects if s.pcm == pcm.layout and s.sha256 == pcm.sha256), None
        )
        form = (
            f"{pcm.frames} frames, {pcm.layout.sample_rate} Hz, "
            f"{pcm.layout.sample_width_bits} bit, {pcm.layout.channels} channels"
        )
        if subject is not None:
            words = f"are the record's {subject.name} ({form})"
            if delivered is not None:
                words += f"; the file is the delivered {delivered}"
            elif self.delivered:
                words += "; the file around them is not the delivered one"
            self._note("audio samples", file, True, words)
        elif delivered is not None:
            self._note("file", file, True, f"is the delivered {delivered}, by its hash")
        else:
            self._note("audio samples", file, False, f"are none that the record names ({form})")


def _role(file: File) -> str:
    """What a file is, from its bytes; from its name only where the bytes do not tell."""
    data = file.data
    if data.startswith(_RECORD_START):
        return "status" if status.is_status(data) else "record"
    named = _ROLE_NAMES.get(file.name.replace("\\", "/").rsplit("/", 1)[-1])
    if data[:1] == b"{" and looks_like_bundle(data):
        try:
            kind = statement.parse(bundle.parse(data).envelope.payload).predicate_type
        except ProvenanceError:
            return named or "delivery"
        if kind == predicates.LICENCE_END:
            return _END
        return _ROLE_TYPES.get(kind, named or "file")
    return named or "file"
