"""kill -9 at every step of issuing: afterwards one licence or none, and the money side agrees."""

import multiprocessing
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asking_exclusives import add_families, opened
from dying import dying

from clearcue.adapters.cashiers import StripeCashier
from clearcue.licensing.terms import Quote
from clearcue.services.licences import LicenceRequest, issue_quote, quote_track
from clearcue.services.owner import ensure_owner
from clearcue.services.papers import paper
from clearcue.services.paying import settle
from clearcue.services.payment_store import Received
from clearcue.services.platform import Platform
from clearcue.services.publishing import log_of, publish
from clearcue_provenance import predicates
from clearcue_provenance.steps import check_bundle

FORK = multiprocessing.get_context("fork")
MOST_STEPS = 200


def _received(quoted: Quote) -> Received:
    return Received(f"pi_{quoted.id}", quoted.id, "EUR", quoted.price.amount_minor)


def _issue(platform: Platform, quoted: Quote, way: str) -> None:
    if way == "payment":
        settle(replace(platform, cashier=StripeCashier("whsec_test")), _received(quoted))
    else:
        issue_quote(platform, ensure_owner(platform), quoted.id)


def _child(home: Path, quoted: Quote, way: str, fatal: int, steps: Any) -> None:
    with opened(home, None) as platform:
        watched, counted = dying(platform, fatal)
        _issue(watched, quoted, way)
        steps.value = counted.done


def _run(home: Path, quoted: Quote, way: str, fatal: int) -> tuple[int | None, int]:
    """How the child ended, and how many steps it took if it came to the end."""
    steps = FORK.Value("i", 0)
    child = FORK.Process(target=_child, args=(home, quoted, way, fatal, steps))
    child.start()
    child.join(120)
    return child.exitcode, steps.value


def _stored(platform: Platform, quoted: Quote) -> tuple[int, int, bool]:
    """Licences and payments of a quote, and whether the one names the other."""
    owner = ensure_owner(platform)
    with platform.units.read() as unit:
        licence = unit.licences.for_quote(owner.id, quoted.id)
        payments = [one for one in unit.payments.list(owner.id) if one.quote_id == quoted.id]
    agree = [one.licence_id for one in payments] == ([licence.id] if licence else [])
    return int(licence is not None), len(payments), agree


@pytest.mark.parametrize("way", ["invoice", "payment"])
def test_killed_at_every_step(way: str, tmp_path: Path) -> None:
    """Whatever the step: both or neither are stored, and once it is asked again there is one."""
    outcomes = set()
    with opened(tmp_path, None) as platform:
        add_families(platform, 1)
        owner = ensure_owner(platform)
        for fatal in range(1, MOST_STEPS):
            wanted = LicenceRequest(licensee="A Ltd", territory="DE")
            quoted = quote_track(platform, owner, "track-0", "ad", wanted)
            ended, steps = _run(tmp_path, quoted, way, fatal)
            licences, payments, agree = _stored(platform, quoted)
            assert (licences, agree) in ((0, True), (1, True)), fatal
            assert licences == payments, fatal
            outcomes.add(licences)
            _issue(platform, quoted, way)  # whoever asked asks again, and the message is sent again
            assert _stored(platform, quoted) == (1, 1, True), fatal
            if ended == 0:
                break
            assert ended == -signal.SIGKILL, fatal
        assert steps == fatal - 1
        assert outcomes == {0, 1}
        _check_log(platform, issued=fatal)


def _check_log(platform: Platform, issued: int) -> None:
    """The log holds the record and a leaf for each licence; each licence verifies."""
    owner, root = ensure_owner(platform), platform.keyring.trust_root()
    assert publish(platform).size == 1 + issued
    assert log_of(platform).latest() is not None
    with platform.units.read() as unit:
        licences = unit.licences.list(owner.id, 1000)
        payments = unit.payments.list(owner.id)
    assert len(licences) == len(payments) == issued
    invoices = [one.invoice for one in payments if one.invoice is not None]
    assert invoices in ([], list(range(1, issued + 1)))
    for licence in licences:
        _, stated, _ = check_bundle(paper(platform, licence, "licence.json"), root)
        assert stated.predicate_type == predicates.LICENCE
