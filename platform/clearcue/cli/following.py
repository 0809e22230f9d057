"""`clearcue log monitor|witness|cosign|export`: logs seen from outside, and ours handed on."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from clearcue.adapters.keys import FileKeyring
from clearcue.adapters.witnessing import (
    Memory,
    add_cosignature,
    export,
    watch,
    witness,
    witness_signer,
)
from clearcue.cli.printing import print_json
from clearcue.errors import BadInputError
from clearcue.files import write_atomically
from clearcue.settings import Settings, read_settings
from clearcue_provenance import canonical, trust, trust_file
from clearcue_provenance.errors import KeyMaterialError
from clearcue_provenance.follow import reader_of
from clearcue_provenance.log import LogDirectory

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_FILE = click.Path(dir_okay=False, path_type=Path)
_TRUST = click.option(
    "--trust-root", "trust_path", type=_FILE, required=True, help="The keys of that log."
)


def _settings() -> Settings:
    return read_settings(os.environ)


def _root(path: Path) -> trust.TrustRoot:
    try:
        root = trust_file.parse(path.read_bytes())
        root.refuse_stale(datetime.now(UTC))
    except (OSError, KeyMaterialError) as error:
        raise BadInputError(f"{path} cannot be used: {error}") from error
    return root


@click.command("monitor")
@click.argument("source")
@_TRUST
@click.option("--whole", is_flag=True, help="Hash every leaf anew, and not only what is new.")
@_JSON
def log_monitor(source: str, trust_path: Path, whole: bool, as_json: bool) -> None:
    """Follow a log: SOURCE is a folder or an https address, such as https://…/log.

    Compares its checkpoint with the one seen before. Exit code 1: it went back, was forked, or its
    history was rewritten; the message says which, and what was seen before is kept as evidence.
    """
    memory = Memory(_settings().home / "monitored")
    followed = watch(reader_of(source), _root(trust_path), memory, whole=whole)
    told = {
        "origin": followed.head.origin,
        "outcome": followed.outcome,
        "size": followed.head.size,
        "root_sha256": followed.head.root.hex(),
        "witnesses": [line.name for line in followed.head.cosignatures],
    }
    if as_json:
        print_json(told)
        return
    click.echo(f"{told['origin']}: {told['outcome']}, {told['size']} leaves, {told['root_sha256']}")


@click.command("witness")
@click.argument("source")
@_TRUST
@click.option("--name", required=True, help="This witness's name, such as example.org/witness.")
@click.option("--out", type=_FILE, required=True, help="The cosignature line to hand back.")
def log_witness(source: str, trust_path: Path, name: str, out: Path) -> None:
    """Cosign another installation's log, once it is shown to continue what was seen before.

    The first time it writes NAME's public key beside the line, for that log's trust root.
    """
    settings = _settings()
    folder = settings.home / "witness"
    signer = witness_signer(folder, settings.passphrase)
    followed, line = witness(
        name,
        signer,
        reader_of(source),
        _root(trust_path),
        Memory(folder / "seen"),
        lambda: datetime.now(UTC),
    )
    write_atomically(out, line)
    public = {
        "name": name,
        "key_id": signer.key_id,
        "algorithm": signer.algorithm,
        "public_key": canonical.encode_base64(signer.public_key.spki),
    }
    write_atomically(out.with_suffix(".pub.json"), canonical.encode(public) + b"\n")
    click.echo(f"{followed.head.origin}: {followed.outcome}; cosigned {followed.head.size} leaves")


@click.command("cosign")
@click.argument("line_file", type=_FILE)
def log_cosign(line_file: Path) -> None:
    """Put a witness's line into our own log's checkpoint; from then on bundles carry it."""
    settings = _settings()
    ring = FileKeyring(settings.home, settings.passphrase, lambda: datetime.now(UTC))
    root = ring.trust_root()
    log = LogDirectory(settings.home / "log", root.logs[0].origin)
    try:
        line = line_file.read_bytes()
    except OSError as error:
        raise BadInputError(f"{line_file} cannot be read: {error.strerror}") from error
    joined = add_cosignature(log, root, line)
    names = ", ".join(one.name for one in joined.cosignatures)
    click.echo(f"the checkpoint of {joined.size} leaves is cosigned by {names}")


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def log_export(folder: Path) -> None:
    """Copy the published log into a FOLDER that any web server can serve."""
    size = export(_settings().home / "log", folder)
    click.echo(f"{size} leaves lie in {folder}")
