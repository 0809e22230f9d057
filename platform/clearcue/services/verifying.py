"""Verify a bundle and files with this installation's trust root, as `clearcue-verify` does."""

from collections.abc import Sequence
from typing import Any

from clearcue.errors import BadInputError
from clearcue.services.platform import Platform
from clearcue_provenance.verify import NamedFile, looks_like_bundle, verify


def verify_files(
    platform: Platform, bundle: tuple[str, bytes], files: Sequence[tuple[str, bytes]]
) -> dict[str, Any]:
    """The verifier's report on (name, bytes) of a bundle and of files, as plain values.

    Raises:
        BadInputError: when the first is no bundle and never was one.
    """
    if not looks_like_bundle(bundle[1]):
        raise BadInputError("this is no bundle; give bundle.json, licence.json or delivery.json")
    report = verify(
        NamedFile(*bundle),
        [NamedFile(*file) for file in files],
        platform.keyring.trust_root(),
        platform.clock.now(),
    )
    return {
        "verified": report.verified,
        "result": report.verdict,
        "signer": report.signer,
        "signer_known": report.signer_known,
        "failed": list(report.failed),
        "checks": [
            {"check": one.check, "file": one.file, "passed": one.passed, "message": one.message}
            for one in report.checks
        ],
        "track": dict(report.track),
        "licence": dict(report.licence),
    }
