"""A certificate authority of this installation, for C2PA manifests in development.

A C2PA manifest is signed with a certificate, and a reader calls it "Trusted" when it believes the
certificate's issuer. In production the certificate comes from an authority on the C2PA trust list
and is put into `keys/` in place of ours; until then this module makes one: an authority and a
certificate for the keyring's C2PA key, in `keys/c2pa-chain.crt`. The last certificate of the chain
is the authority's, and is put into `keys/c2pa-ca.crt` to hand on. The authority's private key is
not kept: it signs one certificate and is forgotten, so that nobody can issue another in its name.

After the C2PA specification 2.2, section 14.5 (certificate profile) and RFC 5280.
"""

import contextlib
import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID, ObjectIdentifier

from clearcue.adapters.key_files import KeyringError, write_file
from clearcue_provenance.keys import Signer

CA_NAME, CHAIN_NAME = "c2pa-ca.crt", "c2pa-chain.crt"
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning (RFC 9336), one of the purposes that C2PA asks for."""
VALIDITY = timedelta(days=825)
_ORGANISATION = "Clearcue installation, local authority"


def local_chain(folder: Path, signer: Signer, now: datetime) -> tuple[bytes, bytes]:
    """The certificate chain of a key and its authority, both PEM; made where there is none.

    Args:
        folder: the folder of the keys, which exists.
        signer: the C2PA key.
        now: the present time, to the second.

    Raises:
        KeyringError: when the certificate that lies there is another key's.
    """
    path = folder / CHAIN_NAME
    if not path.exists():
        _keep_first(path, _issue(signer, now))
    chain = path.read_bytes()
    check_chain(chain, signer, path)
    authority = x509.load_pem_x509_certificates(chain)[-1].public_bytes(Encoding.PEM)
    write_file(folder / CA_NAME, authority, 0o644)
    return chain, authority


def _keep_first(path: Path, chain: bytes) -> None:
    """Put a chain in place unless there is one: of two processes that come at once, one's stays."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(chain)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def check_chain(chain: bytes, signer: Signer, path: Path) -> None:
    """Return when the first certificate of a chain is that of this key.

    Raises:
        KeyringError: when it is not, or cannot be read.
    """
    try:
        first = x509.load_pem_x509_certificates(chain)[0]
    except (ValueError, IndexError) as error:
        raise KeyringError(f"{path} holds no certificate: restore it, or remove it") from error
    if first.public_key() != load_der_public_key(signer.public_key.spki):
        raise KeyringError(
            f"{path} is the certificate of another key: remove it, or restore the key"
        )


def _issue(signer: Signer, now: datetime) -> bytes:
    """A chain for the key, its authority last, made anew."""
    private = ec.generate_private_key(ec.SECP256R1())
    issuer = _name("root")
    ca = _builder(issuer, issuer, private.public_key(), now)
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    ca = ca.add_extension(_usage(signing=False), critical=True)
    ca = ca.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False
    )
    root = ca.sign(private, SHA256())
    public = load_der_public_key(signer.public_key.spki)
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise KeyringError("C2PA manifests are signed with a P-256 key")
    leaf = _builder(_name("claim signer"), issuer, public, now)
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf = leaf.add_extension(_usage(signing=True), critical=True)
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
    leaf = leaf.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    leaf = leaf.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key()), critical=False
    )
    made = leaf.sign(private, SHA256()).public_bytes(Encoding.PEM)
    return made + root.public_bytes(Encoding.PEM)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALIDITY)
    )


def _usage(signing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signing,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signing,
        crl_sign=not signing,
        encipher_only=False,
        decipher_only=False,
    )
