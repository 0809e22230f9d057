"""Files beside a bundle: what belongs to the record, and what is refused for which reason."""

from datetime import UTC, datetime

from make_provenance_vectors import (
    FILES,
    NOW,
    RECORDS,
    RECORDS_P256,
    TRACK_PCM,
    ExampleSigner,
    bundles,
    delivery_statement,
    digest,
    example_set,
    generation_statement,
    licence_statement,
    pcm,
    trust_root,
    wav,
)

from clearcue_provenance import bundle
from clearcue_provenance.verify import NamedFile, Report, verify

SET = example_set()
OTHER_RECORDS = ExampleSigner("somebody else's records")


def _verify(main: bytes, files: dict[str, bytes], now: datetime = NOW) -> Report:
    named = [NamedFile(name, data) for name, data in files.items()]
    return verify(NamedFile("bundle.json", main), named, trust_root(), now)


def _failure(report: Report) -> tuple[str, str]:
    """The first failed check of a report that must have one: its name and its words."""
    assert not report.verified
    failed = [check for check in report.checks if check.passed is False]
    return failed[0].check, failed[0].message


def test_a_licence_for_another_record() -> None:
    """A genuine licence of another track, replayed, is refused."""
    replayed = bundles([licence_statement("00" * 32)])[0]
    check, words = _failure(_verify(SET["bundle.json"], {"licence.json": replayed}))
    assert (check, words) == ("licence", "statement: this licence belongs to another record")


def test_a_delivery_for_another_record_lists_nothing() -> None:
    """The files of another record's delivery are not delivered files of this one."""
    replayed = bundles([delivery_statement("00" * 32)])[0]
    report = _verify(
        SET["bundle.json"], {"delivery.json": replayed, "track.mp3": FILES["track.mp3"]}
    )
    assert report.failed == ("delivery",)
    assert [(c.check, c.passed) for c in report.checks[3:]] == [("delivery", False), ("file", None)]


def test_a_delivery_under_the_licence_name() -> None:
    """A file is what it states, not what it is called."""
    report = _verify(SET["bundle.json"], {"licence.json": SET["delivery.json"]})
    assert report.verified
    assert report.checks[-1].check == "delivery"
    assert report.licence == {}


def test_a_licence_signed_by_another_key() -> None:
    """A licence that the licensor's key did not sign is refused by name."""
    forged = bundles([licence_statement(digest(SET["record.json"]))], OTHER_RECORDS)[0]
    check, words = _failure(_verify(SET["bundle.json"], {"licence.json": forged}))
    assert check == "licence"
    assert words.startswith("envelope: signed with a key that the trust root does not hold")


def test_the_bundle_among_the_files() -> None:
    """The bundle given once more among its files is itself; another track's bundle is foreign."""
    assert _verify(SET["bundle.json"], {"copy.json": SET["bundle.json"]}).verified
    other = bundles([generation_statement()], RECORDS_P256)[0]
    assert _failure(_verify(SET["bundle.json"], {"bundle.json": other}))[0] == "file"


def test_another_record_beside_the_bundle() -> None:
    """record.json must be the envelope in the bundle, byte for byte."""
    report = _verify(SET["bundle.json"], {"record.json": SET["record.json"] + b"\n"})
    assert _failure(report) == ("record", "not the envelope in the bundle")


def test_one_changed_sample() -> None:
    """One flipped bit in the samples is other audio."""
    samples = bytearray(TRACK_PCM)
    samples[7] ^= 1
    report = _verify(SET["bundle.json"], {"track.wav": wav(bytes(samples))})
    assert _failure(report)[0] == "audio samples"


def test_a_cut_track() -> None:
    """The first half of the samples is other audio."""
    half = wav(TRACK_PCM[: len(TRACK_PCM) // 2])
    assert _failure(_verify(SET["bundle.json"], {"track.wav": half}))[0] == "audio samples"


def test_the_same_bytes_declared_at_another_rate() -> None:
    """The same sample bytes played at another rate are other audio."""
    data = FILES["track.wav"].replace(
        (48_000).to_bytes(4, "little"), (44_100).to_bytes(4, "little")
    )
    data = data.replace((288_000).to_bytes(4, "little"), (264_600).to_bytes(4, "little"))
    report = _verify(SET["bundle.json"], {"track.wav": data})
    assert _failure(report)[0] == "audio samples"
    assert "44100 Hz" in _failure(report)[1]


def test_the_same_samples_in_another_container() -> None:
    """New tags around the same samples are the same audio, and the report says so."""
    tagged = wav(TRACK_PCM, extra=b"LIST\x04\0\0\0INFO")
    report = _verify(
        SET["bundle.json"], {"other.wav": tagged, "delivery.json": SET["delivery.json"]}
    )
    assert report.verified
    assert "not the delivered one" in report.checks[-1].message


def test_a_foreign_file() -> None:
    """A file that is neither subject nor delivered is not verified, and is named."""
    report = _verify(
        SET["bundle.json"], {"song.mp3": b"ID3 something", "delivery.json": SET["delivery.json"]}
    )
    assert _failure(report) == ("file", "is neither a subject of the record nor a delivered file")


def test_a_file_that_needs_a_delivery() -> None:
    """Without delivery.json a compressed file cannot be checked, which is said."""
    report = _verify(SET["bundle.json"], {"track.mp3": FILES["track.mp3"]})
    assert "no delivery.json" in _failure(report)[1]


def test_audio_of_another_track() -> None:
    """A WAV of other samples in the same layout is refused."""
    report = _verify(SET["bundle.json"], {"track.wav": wav(pcm(64, "another"))})
    assert _failure(report)[0] == "audio samples"


def test_an_expired_licence_is_reported_with_its_date() -> None:
    """The period is compared with the given time; the record stays verified."""
    files = {"licence.json": SET["licence.json"]}
    states = {
        datetime(2026, 11, 21, tzinfo=UTC): "not yet in force",
        datetime(2026, 11, 22, tzinfo=UTC): "in force",
        datetime(2027, 11, 21, 23, 59, 59, tzinfo=UTC): "in force",
        datetime(2027, 11, 22, tzinfo=UTC): "expired",
    }
    for now, state in states.items():
        report = _verify(SET["bundle.json"], files, now=now)
        assert report.verified
        assert report.licence["state"] == state
    assert "EXPIRED at 2027-11-22T00:00:00Z" in report.checks[-1].message


def test_without_a_trust_root_the_signer_is_not_known() -> None:
    """A consistent bundle without trusted keys is never verified; the fingerprint is given."""
    files = [NamedFile(name, data) for name, data in SET.items() if name != "bundle.json"]
    report = verify(NamedFile("bundle.json", SET["bundle.json"]), files, None, NOW)
    assert report.consistent
    assert not report.verified
    assert report.verdict == f"consistent, signer not known: {RECORDS.key_id}"


def test_a_licence_of_another_unknown_signer() -> None:
    """Without trusted keys, a licence must at least be signed with the record's key."""
    forged = bundles([licence_statement(digest(SET["record.json"]))], OTHER_RECORDS)[0]
    main = NamedFile("bundle.json", SET["bundle.json"])
    report = verify(main, [NamedFile("licence.json", forged)], None, NOW)
    assert not report.consistent
    assert "another key than the record" in report.checks[-1].message


def test_the_record_names_no_licensee() -> None:
    """Only licence.json holds the licensee's name."""
    holders = [
        name
        for name, data in SET.items()
        if b"Example Licensee"
        in (bundle.parse(data).envelope.payload if _is_bundle(name) else data)
    ]
    assert holders == ["licence.json"]


def _is_bundle(name: str) -> bool:
    return name in ("bundle.json", "licence.json", "delivery.json")
