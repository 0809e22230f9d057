"""Named attacks on a bundle and its files: each is refused, for the stated reason."""

import json

import pytest
from attacks import MAIN, SET, Attack, attacks, edited, entry, put
from make_provenance_vectors import (
    NOW,
    RECORDS,
    RECORDS_P256,
    WITNESSES,
    bundles,
    cosigned,
    generation_statement,
    rooted_root,
    trust_root,
)

from clearcue_provenance import canonical
from clearcue_provenance.verify import NamedFile, Report, verify

ATTACKS = attacks()


def _verify(main: bytes, files: dict[str, bytes] | None = None) -> Report:
    named = [NamedFile(name, data) for name, data in (files or {}).items()]
    return verify(NamedFile("bundle.json", main), named, trust_root(), NOW)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_named_attack_is_refused_for_its_reason(attack: Attack) -> None:
    """The verifier refuses it, and the first check that fails is the one that it attacks."""
    report = attack.run()
    assert not report.verified
    failed = [check for check in report.checks if check.passed is False]
    assert failed[0].check == attack.check
    assert attack.words in failed[0].message


def test_the_attacks_are_many_and_have_names_of_their_own() -> None:
    """At least sixty, and none under another's name."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60


def test_the_untouched_example_verifies() -> None:
    """Nothing above fails for another reason than its change: the whole example is verified."""
    files = {name: data for name, data in SET.items() if name != "bundle.json"}
    report = _verify(MAIN, files)
    assert report.verified
    assert report.verdict == "verified"
    assert {check.check for check in report.checks} == {
        "envelope", "log proof", "statement", "licence", "delivery", "record", "audio samples",
        "file",
    }  # fmt: skip
    assert len(report.checks) == 3 + len(files)


@pytest.mark.parametrize("count", [1, 2])
def test_a_cosigned_bundle_verifies(count: int) -> None:
    """As many witnesses as the trust root asks for, each once, are no attack."""
    main = cosigned(MAIN, *[*WITNESSES][:count])
    assert verify(
        NamedFile("bundle.json", main), [], rooted_root(quorum=count), NOW
    ).verified  # fmt: skip


def test_a_p256_key_that_is_trusted_verifies() -> None:
    """The other algorithm is no attack when the trust root binds it to the key."""
    main = bundles([generation_statement()], RECORDS_P256)[0]
    file = NamedFile("bundle.json", main)
    assert verify(file, [], trust_root((RECORDS, RECORDS_P256)), NOW).verified


def test_a_leaf_that_misnames_its_key_is_refused_without_keys_too() -> None:
    """Without a trust root the leaf's key must still be of the algorithm that it names."""

    def change(value: dict[str, object]) -> None:
        body = canonical.decode_base64(entry(value)["canonicalizedBody"])
        body = body.replace(b"PKIX_ED25519", b"PKIX_ECDSA_P256_SHA_256")
        entry(value)["canonicalizedBody"] = canonical.encode_base64(body)

    assert not verify(NamedFile("bundle.json", edited(change)), [], None, NOW).consistent


def test_only_what_failed_is_called_failed() -> None:
    """With a damaged envelope the other files are not checked, rather than blamed."""
    zeros = canonical.encode_base64(bytes(64))
    damaged = edited(put("dsseEnvelope", "signatures", 0, "sig", to=zeros))
    report = _verify(damaged, {name: data for name, data in SET.items() if name != "bundle.json"})
    assert report.failed == ("envelope",)
    assert report.verdict == "not verified: envelope"
    assert {check.passed for check in report.checks[1:]} == {None}
    assert json.loads(damaged) != json.loads(MAIN)
