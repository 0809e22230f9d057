"""Verify a bundle and files with this installation's trust root, as `clearcue-verify` does."""

from collections.abc import Sequence
from typing import Any

from clearcue.errors import BadInputError
from clearcue.services.platform import Platform
from clearcue_provenance import ledger
from clearcue_provenance.verify import NamedFile, looks_like_bundle, verify


def verify_files(
    platform: Platform, bundle: tuple[str, bytes], files: Sequence[tuple[str, bytes]]
) -> dict[str, Any]:
    """The verifier's report on (name, bytes) of a bundle and of files, as plain values.

    Raises:
        BadInputError: when the first is no bundle and never was one.
    """
    main, others = NamedFile(*bundle), [NamedFile(*file) for file in files]
    trust_root = platform.keyring.trust_root()
    if ledger.looks_like_ledger(main.data):
        report = ledger.verify(main, others, trust_root, platform.clock.now())
    elif looks_like_bundle(main.data):
        report = verify(main, others, trust_root, platform.clock.now())
    else:
        raise BadInputError("this is no bundle; give bundle.json, licence.json or delivery.json")
    return report.plain()
