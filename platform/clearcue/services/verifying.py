"""Verify a bundle and files with this installation's trust root, as `clearcue-verify` does."""

from collections.abc import Sequence
from typing import Any

from clearcue.services.platform import Platform
from clearcue_provenance.verify import NamedFile, verify


def verify_files(
    platform: Platform, bundle: tuple[str, bytes], files: Sequence[tuple[str, bytes]]
) -> dict[str, Any]:
    """The verifier's report on (name, bytes) of a bundle and of files, as plain values."""
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
