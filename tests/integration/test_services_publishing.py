"""Signing and publishing on a real home: keys made anew, a clock set back, a database lost."""

import shutil
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from clearcue.bootstrap import open_platform
from clearcue.errors import BadInputError
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.publishing import ClockError, append, bundle_of, publish, sign
from clearcue.settings import Settings
from clearcue_provenance.errors import LogProofError, RolledBackError
from clearcue_provenance.predicates import DELIVERY
from clearcue_provenance.shape import format_time
from clearcue_provenance.statement import Subject
from clearcue_provenance.steps import check_bundle


class StoppedClock:
    """A clock that shows one moment."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """The moment."""
        return self._moment


def opened(home: Path) -> Platform:
    """The platform of a home."""
    return open_platform(Settings(home=home))


def stated(platform: Platform, content: bytes) -> tuple[bytes, int]:
    """Sign, log and publish a delivery of one file; its envelope and leaf."""
    digest = sha256(content).hexdigest()
    subjects: Sequence[Subject] = [Subject("a.wav", digest)]
    predicate = {
        "record": {"sha256": "0" * 64},
        "delivered_at": format_time(platform.clock.now()),
        "files": [{"name": "a.wav", "sha256": digest, "size": len(content)}],
    }
    signed = sign(platform, subjects, DELIVERY, predicate)
    with platform.units.write() as unit:
        index = append(unit, signed)
        unit.commit()
    publish(platform)
    return signed.envelope, index


def test_keys_made_anew_continue_the_log(tmp_path: Path):
    """When the keys are lost but not the trust root, new ones sign, and the old stays verified."""
    platform = opened(tmp_path)
    first = bundle_of(platform, *stated(platform, b"first"))
    shutil.rmtree(tmp_path / "keys")
    platform = opened(tmp_path)
    second = bundle_of(platform, *stated(platform, b"second"))
    root = platform.keyring.trust_root()
    keys = {check_bundle(stored, root)[2].key_id for stored in (first, second)}
    assert len(keys) == 2


def test_a_log_of_other_keys_is_refused(tmp_path: Path):
    """When keys and trust root are lost, the log that they signed is not continued."""
    stated(opened(tmp_path), b"first")
    shutil.rmtree(tmp_path / "keys")
    (tmp_path / "trust-root.json").unlink()
    with pytest.raises(LogProofError, match="another log's key"):
        publish(opened(tmp_path))


def test_a_lost_database_is_noticed(tmp_path: Path):
    """A log with more leaves than the database is refused before anything is added to either."""
    stated(opened(tmp_path), b"first")
    for path in tmp_path.glob("clearcue.db*"):
        path.unlink()
    with pytest.raises(RolledBackError, match="restore the newest copy"):
        publish(opened(tmp_path))


def test_nothing_is_signed_before_its_key_is_valid(tmp_path: Path):
    """With the clock set back beyond the key's first day nothing is signed: none could verify."""
    platform = opened(tmp_path)
    stated(platform, b"first")
    early = replace(platform, clock=StoppedClock(datetime.now(UTC) - timedelta(days=3)))
    with pytest.raises(ClockError, match="set the machine's clock right"):
        stated(early, b"second")
    with platform.units.read() as unit:
        assert unit.log_leaves.count() == 1


def test_an_owner_whose_name_no_licence_could_bear_is_not_made(tmp_path: Path):
    """A name with a tab is refused on first use; a good one can still be given afterwards."""
    platform = opened(tmp_path)
    with pytest.raises(BadInputError, match="owner's name"):
        ensure_owner(replace(platform, owner="A\tB"))
    assert ensure_owner(replace(platform, owner="A B")).name == "A B"


def test_the_database_is_readable_by_its_owner_alone(tmp_path: Path):
    """It names licensees; the home may have been made before, with a wider mode."""
    tmp_path.chmod(0o755)
    stated(opened(tmp_path), b"first")
    for path in (tmp_path / "clearcue.db", tmp_path / "files", tmp_path / "keys"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
