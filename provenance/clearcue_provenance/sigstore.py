"""The trust root in the form that Sigstore's verifiers read. See docs/formats/bundle.md."""

from typing import Any

from clearcue_provenance import canonical, checkpoint, shape
from clearcue_provenance.trust import CHECKPOINTS, RECORDS, TrustedKey, TrustRoot


def to_sigstore(root: TrustRoot) -> dict[str, Any]:
    """The trust root for Sigstore's verifiers: `trustedRoot` and `publicKeys`, both plain JSON.

    `trustedRoot` is a `dev.sigstore.trustroot.v1.TrustedRoot` with one transparency log for each
    checkpoint key; `publicKeys` maps a key id (a bundle's hint) to its bytes and validity.
    """
    logs = [
        {
            "baseUrl": log.origin,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": canonical.encode_base64(trusted.key.spki),
                "keyDetails": "PKIX_ED25519",
                "validFor": _validity(trusted),
            },
            "logId": {"keyId": canonical.encode_base64(checkpoint.log_id(log.origin, trusted.key))},
        }
        for log in root.logs
        for trusted in (root.key(key_id, CHECKPOINTS) for key_id in log.checkpoint_keys)
    ]
    return {
        "trustedRoot": {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": logs,
            "certificateAuthorities": [],
            "ctlogs": [],
            "timestampAuthorities": [],
        },
        "publicKeys": {
            trusted.key.key_id: {
                "rawBytes": canonical.encode_base64(trusted.key.spki),
                "validFor": _validity(trusted),
            }
            for trusted in root.keys
            if trusted.purpose == RECORDS
        },
    }


def _validity(trusted: TrustedKey) -> dict[str, str]:
    result = {"start": shape.format_time(trusted.valid_from)}
    if trusted.valid_until is not None:
        result["end"] = shape.format_time(trusted.valid_until)
    return result
