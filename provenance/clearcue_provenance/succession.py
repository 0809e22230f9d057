"""How a trust root follows another: signed by enough of the old root keys and of the new ones.

After The Update Framework (specification 1.0.33, section 5.3): whoever holds version N believes
version N + k when a threshold of N's root keys has signed it, and when it is signed by a threshold
of its own. So neither one lost root key nor one stolen one decides anything, and root keys can be
exchanged. A verifier's first trust root reaches it by a way that it must trust.
"""

from dataclasses import replace

from clearcue_provenance.errors import KeyMaterialError
from clearcue_provenance.keys import Signer
from clearcue_provenance.trust import RootSignature, TrustRoot
from clearcue_provenance.trust_file import check_signatures, signed_bytes


def sign(draft: TrustRoot, signer: Signer) -> TrustRoot:
    """A draft with one more root key's signature.

    Raises:
        KeyMaterialError: when the draft has signed bytes of another format, or this key has signed.
    """
    if draft.version < 1:
        raise KeyMaterialError("only a trust root of version 1 or later can be signed")
    if any(entry.key_id == signer.key_id for entry in draft.signatures):
        raise KeyMaterialError("this root key has signed the trust root already")
    signature = RootSignature(signer.key_id, signer.sign(signed_bytes(draft)))
    return replace(draft, signatures=(*draft.signatures, signature))


def check_successor(old: TrustRoot, new: TrustRoot) -> None:
    """Return when whoever believes the old trust root may believe the new one.

    Raises:
        KeyMaterialError: when the new one is not later, is of other logs, is signed by strangers,
            or by too few of the old or of the new root keys.
    """
    if new.version <= old.version:
        raise KeyMaterialError(
            f"the trust root has version {new.version}, and version {old.version} is known already"
        )
    known = {log.origin for log in old.logs}
    if not known <= {log.origin for log in new.logs}:
        raise KeyMaterialError("the new trust root leaves out a log that the old one names")
    if old.root is not None:
        if new.root is None:
            raise KeyMaterialError("the new trust root gives its root keys up")
        check_signatures(new, old.root)
    if new.root is not None:
        check_signatures(new, new.root)
    believed = {key.key_id for held in (old.root, new.root) if held for key in held.keys}
    if any(entry.key_id not in believed for entry in new.signatures):
        raise KeyMaterialError("the new trust root is signed by a key that is no root key")
