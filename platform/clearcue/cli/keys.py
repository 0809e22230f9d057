"""`clearcue keys`: list, rotate, revoke, the offline root, witnesses, and the signing agent."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from clearcue.adapters.key_agent import SOCKET_NAME, Agent
from clearcue.adapters.key_ceremony import (
    Change,
    draft,
    install,
    listed,
    make_root_key,
    open_root_key,
    revoke,
    rotate,
    set_witnesses,
    sign_draft,
)
from clearcue.adapters.keys import FileKeyring
from clearcue.cli.printing import print_json
from clearcue.errors import BadInputError
from clearcue.settings import read_settings
from clearcue_provenance import canonical, trust
from clearcue_provenance.errors import EncodingError, KeyMaterialError
from clearcue_provenance.keys import ALGORITHMS, ED25519, PublicKey, load_public_key
from clearcue_provenance.log import LogDirectory

ROOT_PASSPHRASE = "CLEARCUE_ROOT_PASSPHRASE"  # noqa: S105 - the name of a variable, no passphrase
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def keys() -> None:
    """The signing keys, and the trust root that names them."""


def _ring() -> FileKeyring:
    settings = read_settings(os.environ)
    return FileKeyring(settings.home, settings.passphrase, lambda: datetime.now(UTC))


@keys.command("list")
@_JSON
def keys_list(as_json: bool) -> None:
    """List the keys: purpose, algorithm, times, and whether they are in force."""
    found = listed(_ring())
    if as_json:
        print_json(found)
        return
    for one in found["keys"]:
        until = f" until {one['valid_until']}" if one["valid_until"] else ""
        where = "" if one["file"] else "; no file here"
        click.echo(
            f"{one['key_id']}  {one['purpose']}  {one['algorithm']}  {one['state']}"
            f"  from {one['valid_from']}{until}{where}"
        )
    for one in found["waiting"]:
        click.echo(f"{one['key_id']}  waits for a signed trust root that names it")
    root = found["root"]
    if root is None:
        click.echo("no root keys: a change of keys takes effect at once")
    else:
        click.echo(
            f"trust root {found['version']}, good until {found['expires_at']}: "
            f"{root['threshold']} of {len(root['keys'])} root keys sign it"
        )


@keys.command("rotate")
@click.argument("purpose", type=click.Choice(trust.PURPOSES))
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default=ED25519, show_default=True)
@click.option("--overlap", default="7d", show_default=True, help="How long the old keys may sign.")
@_JSON
def keys_rotate(purpose: str, algorithm: str, overlap: str, as_json: bool) -> None:
    """Make a new key for a purpose; the old ones end after the overlap."""
    _tell(rotate(_ring(), purpose, algorithm, _duration(overlap)), as_json)


@keys.command("revoke")
@click.argument("key_id")
@_JSON
def keys_revoke(key_id: str, as_json: bool) -> None:
    """Believe a key no longer from now on: no later statement of it, and no later leaf."""
    ring = _ring()
    head = LogDirectory(ring.home / "log", ring.log_origin()).latest()
    _tell(revoke(ring, key_id, 0 if head is None else head.size), as_json)


@keys.group("root")
def keys_root() -> None:
    """Root keys: they sign the trust root, offline, so many of them."""


@keys_root.command("new")
@click.argument("name")
@click.option("--out", type=_FOLDER, required=True, help="A folder on a medium of its own.")
def root_new(name: str, out: Path) -> None:
    """Make a root key, encrypted with CLEARCUE_ROOT_PASSPHRASE, and NAME.pub.json to hand on."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
        raise BadInputError("name a root key with small letters, digits and hyphens")
    path, signer = make_root_key(out, name, _root_passphrase())
    public = {
        "key_id": signer.key_id,
        "algorithm": signer.algorithm,
        "public_key": canonical.encode_base64(signer.public_key.spki),
    }
    (out / f"{name}.pub.json").write_text(json.dumps(public, indent=2) + "\n")
    click.echo(f"{path} holds the root key {signer.key_id}; keep it offline")


@keys_root.command("draft")
@click.option("--add", type=_FILE, multiple=True, help="A NAME.pub.json of a root key to add.")
@click.option("--remove", multiple=True, help="The id of a root key to remove.")
@click.option("--threshold", type=click.IntRange(1, 16), help="How many of them must sign.")
@_JSON
def root_draft(
    add: tuple[Path, ...], remove: tuple[str, ...], threshold: int | None, as_json: bool
) -> None:
    """Write the next trust root, to be signed."""
    added = tuple(_read_public(path) for path in add)
    _tell(draft(_ring(), added, remove, threshold), as_json)


@keys_root.command("sign")
@click.argument("draft_file", type=_FILE)
@click.option("--key", type=_FILE, required=True, help="The root key's file.")
def root_sign(draft_file: Path, key: Path) -> None:
    """Sign a draft with a root key, on a machine without this installation."""
    signed = sign_draft(draft_file, open_root_key(key, _root_passphrase()))
    click.echo(f"{draft_file} has {len(signed.signatures)} signatures")


@keys_root.command("install")
@click.argument("draft_file", type=_FILE)
@_JSON
def root_install(draft_file: Path, as_json: bool) -> None:
    """Put a signed draft in force, when enough of the old and the new root keys signed it."""
    _tell(install(_ring(), draft_file), as_json)


@keys.command("witnesses")
@click.option("--add", type=_FILE, multiple=True, help="A witness's public file.")
@click.option("--quorum", type=click.IntRange(0, 16), required=True, help="How many must cosign.")
@_JSON
def keys_witnesses(add: tuple[Path, ...], quorum: int, as_json: bool) -> None:
    """Name the witnesses whose cosignatures a checkpoint needs; those named before stay."""
    ring = _ring()
    named = {one.name: one for one in ring.trust_root().witnesses}
    for path in add:
        named[_read_name(path)] = trust.Witness(_read_name(path), _read_public(path))
    _tell(set_witnesses(ring, tuple(named.values()), quorum), as_json)


@keys.command("agent")
def keys_agent() -> None:
    """Hold the keys in a process of its own, and sign for the others until stopped.

    They find it by CLEARCUE_KEY_AGENT, which names its socket, and need no passphrase.
    """
    ring = _ring()
    path = ring.home / SOCKET_NAME
    signers = dict(
        zip(trust.ALL_PURPOSES, (ring.records, ring.checkpoints, ring.c2pa), strict=True)
    )
    with Agent(path, signers, ring.log_origin()) as agent:
        click.echo(f"signing on {path}")
        try:
            agent.serve_forever()
        finally:
            path.unlink(missing_ok=True)


def _tell(change: Change, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "in_force": change.in_force,
                "file": str(change.path),
                "version": change.root.version,
                "signatures": len(change.root.signatures),
            }
        )
    elif change.in_force:
        click.echo(f"in force: hand {change.path} on to those who verify")
    else:
        click.echo(
            f"{change.path} waits for its root keys: `clearcue keys root sign` on their machines, "
            "then `clearcue keys root install`"
        )


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,4})([dhm])", text)
    if found is None:
        raise BadInputError(f"{text!r} is no overlap; give days, hours or minutes, such as 7d")
    unit = {"d": "days", "h": "hours", "m": "minutes"}[found[2]]
    return timedelta(**{unit: int(found[1])})


def _root_passphrase() -> str:
    return os.environ.get(ROOT_PASSPHRASE) or click.prompt(
        "passphrase of the root key", hide_input=True, err=True
    )


def _read_public(path: Path) -> PublicKey:
    value = _read_json(path)
    try:
        return load_public_key(canonical.decode_base64(str(value["public_key"])))
    except (KeyError, EncodingError, KeyMaterialError) as error:
        raise BadInputError(f"{path} holds no public key") from error


def _read_name(path: Path) -> str:
    value = _read_json(path)
    if not isinstance(value.get("name"), str):
        raise BadInputError(f"{path} names no witness")
    return str(value["name"])


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = canonical.parse_lenient(path.read_bytes(), 10_000)
    except (OSError, EncodingError) as error:
        raise BadInputError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise BadInputError(f"{path} holds no public key")
    return value
