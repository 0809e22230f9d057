"""The browser's verifier: the same verdicts as ours, under the WebCrypto of Node and Chromium."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attacks import MAIN, attacks
from browser import running_browser, visit
from make_provenance_vectors import (
    NOW,
    RECORDS_P256,
    WITNESSES,
    bundles,
    cosigned,
    example_set,
    generation_statement,
    rooted_root,
    trust_root,
)
from service import running_service

from clearcue_provenance import trust_file
from clearcue_provenance.trust import TrustRoot

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "platform" / "clearcue" / "web" / "static" / "verify-core.js"
SCRIPT = ROOT / "tests" / "support" / "node" / "verify_attacks.mjs"
COARSER = {"white space at the end": "bundle"}
"""Where the browser's verifier names a wider check than ours: it does not look for the part."""


def _case(name: str, main: bytes, root: TrustRoot, now: str) -> dict[str, Any]:
    encoded = base64.b64encode(trust_file.encode(root)).decode()
    return {"name": name, "main": base64.b64encode(main).decode(), "root": encoded, "now": now}


def _said(folder: Path, cases: list[dict[str, Any]]) -> dict[str, str]:
    (folder / "cases.json").write_text(json.dumps(cases))
    done = subprocess.run(
        ["node", str(SCRIPT), str(CORE), str(folder / "cases.json")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.needs("node")
def test_the_browsers_verifier_refuses_every_attack(tmp_path: Path) -> None:
    """Each named attack on a bundle is refused in the same check as by the verifier."""
    on_bundles = [one for one in attacks() if not one.files]
    said = _said(
        tmp_path, [_case(one.name, one.main, one.root, one.now.isoformat()) for one in on_bundles]
    )
    assert len(said) >= 60
    assert said == {one.name: COARSER.get(one.name, one.check) for one in on_bundles}


@pytest.mark.needs("node")
def test_the_browsers_verifier_accepts_what_is_good(tmp_path: Path) -> None:
    """Ed25519, P-256, and witnesses under a signed trust root."""
    now = NOW.isoformat()
    p256 = bundles([generation_statement()], RECORDS_P256)[0]
    cases = [
        _case("plain", MAIN, trust_root(), now),
        _case("p256", p256, trust_root((RECORDS_P256,)), now),
        _case("witnessed", cosigned(MAIN, *WITNESSES), rooted_root(quorum=2), now),
    ]
    assert set(_said(tmp_path, cases).values()) == {"verified"}


@pytest.mark.needs("chromium", "node")
def test_the_page_verifies_without_uploading(tmp_path: Path) -> None:
    """Under the strict policy: good files hold, a changed sample fails, and nothing is sent."""
    for name, data in example_set().items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "trust-root.json").write_bytes(trust_file.encode(trust_root()))
    changed = bytearray((tmp_path / "track.wav").read_bytes())
    changed[60] ^= 1
    (tmp_path / "changed.wav").write_bytes(changed)
    with running_service(tmp_path / "home") as service, running_browser() as browser:
        page = visit(browser, service.url, 1280, "light")
        page.go("/verify")
        sent: list[str] = []
        page.page.on("request", lambda request: sent.append(request.method))
        page.page.set_input_files("#root", tmp_path / "trust-root.json")
        page.page.set_input_files("#bundle", tmp_path / "bundle.json")
        names = ["track.wav", "track.mp3", "delivery.json", "licence.json", "score.mid"]
        page.page.set_input_files("#files", [tmp_path / name for name in names])
        page.page.click("text=Verify >> nth=-1")
        page.wait("document.getElementById('verdict').className")
        assert page.page.inner_text("#verdict") == "Verified"
        assert page.page.locator("#checks li").count() == 7
        assert page.axe() == []
        page.page.set_input_files("#files", [tmp_path / "changed.wav"])
        page.page.click("text=Verify >> nth=-1")
        page.wait("document.getElementById('verdict').className === 'failed'")
        assert page.page.inner_text("#verdict") == "Not verified"
        assert sent == []
        assert page.wrong == []
