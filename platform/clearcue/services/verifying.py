"""Verify a bundle and files with this installation's trust root, as `clearcue-verify` does."""

from collections.abc import Sequence
from typing import Any

from clearcue.errors import BadInputError
from clearcue.services.ending import end_bundle
from clearcue.services.platform import Platform
from clearcue_provenance import ledger
from clearcue_provenance.bundle import parse as parse_bundle
from clearcue_provenance.errors import ProvenanceError
from clearcue_provenance.verify import NamedFile, looks_like_bundle, verify


def verify_files(
    platform: Platform, bundle: tuple[str, bytes], files: Sequence[tuple[str, bytes]]
) -> dict[str, Any]:
    """The verifier's report on (name, bytes) of a bundle and of files, as plain values.

    A licence that was revoked or superseded here is reported as that, though no licence-end.json
    was given with it.

    Raises:
        BadInputError: when the first is no bundle and never was one.
    """
    main, others = NamedFile(*bundle), [NamedFile(*file) for file in files]
    trust_root = platform.keyring.trust_root()
    if ledger.looks_like_ledger(main.data):
        report = ledger.verify(main, others, trust_root, platform.clock.now())
    elif looks_like_bundle(main.data):
        others += _ends(platform, files)
        report = verify(main, others, trust_root, platform.clock.now())
    else:
        raise BadInputError("this is no bundle; give bundle.json, licence.json or delivery.json")
    return report.plain()


def _ends(platform: Platform, files: Sequence[tuple[str, bytes]]) -> list[NamedFile]:
    """The statements that ended the licences among some files, as this installation stored them."""
    found = []
    for _, data in files:
        try:
            digest = parse_bundle(data).digest
        except ProvenanceError:
            continue
        with platform.units.read() as unit:
            licence = unit.licences.by_envelope(digest)
            ended = None if licence is None else unit.grants.ending(licence.id)
        if ended is not None:
            found.append(NamedFile("licence-end.json (kept here)", end_bundle(platform, ended)))
    return found
