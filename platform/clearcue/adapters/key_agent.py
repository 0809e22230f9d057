"""Signing in a process of its own: the keys and their passphrase are in the agent's memory alone.

`clearcue keys agent` opens the keyring and answers on a Unix socket of mode 0600 in the home; with
`CLEARCUE_KEY_AGENT` set, every other process asks it and never reads a private key. One request is
one line of JSON, and so is its answer. The agent signs no bytes but those of its purpose: for
records an in-toto statement under DSSE's encoding, for C2PA a claim, for checkpoints a checkpoint
of this log that is no smaller than the last one it signed, nor another one of the same size.
"""

import json
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clearcue.adapters.key_files import KeyringError
from clearcue.adapters.kms import HeldKeyring
from clearcue_provenance import canonical, envelope, trust, trust_file
from clearcue_provenance.errors import EncodingError, KeyMaterialError, ProvenanceError
from clearcue_provenance.keys import PublicKey, Signer, load_public_key

SOCKET_NAME = "key-agent.sock"
MAX_REQUEST_BYTES = 2 * envelope.MAX_ENVELOPE_BYTES
TIMEOUT_SECONDS = 30.0
_COSE = b"\x84\x6aSignature1"
"""How what is signed of a C2PA claim begins (COSE, RFC 9052, section 4.4)."""
Signers = Mapping[str, Callable[[], Signer]]
_STATEMENT = b"DSSEv1 %d %b " % (len(envelope.PAYLOAD_TYPE), envelope.PAYLOAD_TYPE.encode())


class RefusedError(KeyringError):
    """The agent does not sign this."""


@dataclass
class Guard:
    """What may be signed, and the last checkpoint that was; kept as long as the agent runs."""

    origin: str
    size: int = 0
    text: bytes = b""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, purpose: str, message: bytes) -> None:
        """Return when a message is one of its purpose. Raises RefusedError."""
        if purpose == trust.RECORDS:
            if not message.startswith(_STATEMENT):
                raise RefusedError("the agent signs statements with this key, and nothing else")
            return
        if purpose == trust.C2PA:
            if not message.startswith(_COSE):
                raise RefusedError("the agent signs C2PA claims with this key, and nothing else")
            return
        size = self._checkpoint_size(message)
        with self.lock:
            if size < self.size or (size == self.size and self.text not in (b"", message)):
                raise RefusedError("the agent has signed a later checkpoint, or another like it")
            self.size, self.text = size, message

    def _checkpoint_size(self, message: bytes) -> int:
        lines = message.decode("utf-8", "replace").split("\n")
        if len(lines) != 4 or lines[0] != self.origin or lines[3] or not lines[1].isdecimal():
            raise RefusedError("the agent signs checkpoints of its log with this key, nothing else")
        return int(lines[1])


class _Handler(socketserver.StreamRequestHandler):
    server: "Agent"
    timeout = TIMEOUT_SECONDS

    def handle(self) -> None:
        line = self.rfile.readline(MAX_REQUEST_BYTES + 1)
        try:
            answer = self.server.answer(line)
        except (KeyringError, ProvenanceError) as error:
            answer = {"error": str(error)}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Agent(socketserver.ThreadingUnixStreamServer):
    """The agent on a socket; `serve_forever` runs it.

    Args:
        path: where the socket is made; one that nobody answers on is replaced.
        signers: for each purpose, something that gives the signer now.
        origin: the log's name.

    Raises:
        KeyringError: when another agent answers on this socket.
    """

    daemon_threads = True

    def __init__(
        self, path: Path, signers: Mapping[str, Callable[[], Signer]], origin: str
    ) -> None:
        self._signers, self._guard = signers, Guard(origin)
        if path.exists():
            if _answers(path):
                raise KeyringError(f"another agent answers on {path}")
            path.unlink()
        mask = os.umask(0o177)
        try:
            super().__init__(str(path), _Handler)
        finally:
            os.umask(mask)

    def answer(self, line: bytes) -> dict[str, Any]:
        """The answer to one request. Raises KeyringError or ProvenanceError."""
        request = canonical.parse_lenient(line, MAX_REQUEST_BYTES)
        if not isinstance(request, dict) or request.get("purpose") not in self._signers:
            raise RefusedError("the agent holds keys for records, checkpoints and c2pa")
        purpose = request["purpose"]
        signer = self._signers[purpose]()
        answer = {"public_key": canonical.encode_base64(signer.public_key.spki)}
        if "message" in request:
            message = canonical.decode_base64(str(request["message"]))
            self._guard.check(purpose, message)
            answer["signature"] = canonical.encode_base64(signer.sign(message))
        return answer


@dataclass(frozen=True, slots=True)
class AgentSigner:
    """A signer that asks the agent."""

    path: Path
    purpose: str
    public_key: PublicKey

    @property
    def key_id(self) -> str:
        """The fingerprint of the public key."""
        return self.public_key.key_id

    @property
    def algorithm(self) -> str:
        """The one algorithm of the key."""
        return self.public_key.algorithm

    def sign(self, message: bytes) -> bytes:
        """The signature over exactly these bytes, checked.

        Raises:
            KeyringError: when the agent does not answer, refuses, or answers with another key.
        """
        answer = _ask(self.path, self.purpose, message)
        try:
            signature = canonical.decode_base64(str(answer.get("signature", "")))
        except EncodingError as error:
            raise KeyringError(f"the key agent's answer cannot be read: {error}") from error
        if not self.public_key.verifies(signature, message):
            raise KeyringError("the key agent signed with another key: start this process again")
        return signature


def open_agent_keyring(path: Path, trust_root_path: Path) -> HeldKeyring:
    """The keyring of an agent, with the trust root in a file.

    Raises:
        KeyringError: when the agent does not answer, or the trust root cannot be used.
    """
    try:
        root = trust_file.parse(trust_root_path.read_bytes())
    except (OSError, KeyMaterialError) as error:
        raise KeyringError(f"{trust_root_path} cannot be used: {error}") from error
    records, checkpoints, c2pa = (_open(path, purpose) for purpose in trust.ALL_PURPOSES)
    return HeldKeyring(records, checkpoints, c2pa, root)


def _open(path: Path, purpose: str) -> AgentSigner:
    answer = _ask(path, purpose, None)
    try:
        spki = canonical.decode_base64(str(answer.get("public_key", "")))
        return AgentSigner(path, purpose, load_public_key(spki))
    except (EncodingError, KeyMaterialError) as error:
        raise KeyringError(f"the key agent's answer cannot be read: {error}") from error


def _ask(path: Path, purpose: str, message: bytes | None) -> dict[str, Any]:
    request = {"purpose": purpose}
    if message is not None:
        request["message"] = canonical.encode_base64(message)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as file:
                answer = json.loads(file.readline(MAX_REQUEST_BYTES))
    except (OSError, ValueError) as error:
        raise KeyringError(
            f"the key agent does not answer on {path}: start it with `clearcue keys agent`"
        ) from error
    if not isinstance(answer, dict) or "error" in answer:
        said = answer.get("error", "") if isinstance(answer, dict) else ""
        raise KeyringError(f"the key agent refuses: {said}")
    return answer


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
