"""Many bundles into one report: one line each, taken up where it was cut off; and plain words."""

import csv
from pathlib import Path

import pytest
from attacks import attacks
from make_provenance_vectors import FILES, NOW, RECORDS_P256, example_set, trust_root

from clearcue_provenance import trust_file
from clearcue_provenance.cli import main
from clearcue_provenance.explain import explained
from clearcue_provenance.many import COLUMNS, Tally, verify_all
from clearcue_provenance.verify import NamedFile, verify

SET = example_set()


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Thirty tracks in folders of folders; every tenth is somebody else's, every seventh cut."""
    for number in range(30):
        folder = tmp_path / "tracks" / f"{number % 3}" / f"track {number:02d}"
        folder.mkdir(parents=True)
        files = example_set(RECORDS_P256) if number % 10 == 0 else SET
        for name in ("bundle.json", "record.json", "licence.json", "delivery.json"):
            (folder / name).write_bytes(files[name])
        sound = FILES["track.wav"]
        (folder / "track.wav").write_bytes(sound[:-1] + b"x" if number % 7 == 0 else sound)
    return tmp_path


def _rows(report: Path) -> list[list[str]]:
    with report.open(newline="") as file:
        return [*csv.reader(file)]


def test_one_line_a_bundle(catalogue: Path) -> None:
    """Each bundle has its line, and what failed is named."""
    report = catalogue / "out.csv"
    tally = verify_all(catalogue / "tracks", report, trust_root(), NOW)
    assert tally == Tally(27, 3, 0)
    rows = _rows(report)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 31
    results = {row[0]: row[2:4] for row in rows[1:]}
    assert results["0/track 00/bundle.json"] == ["not verified", "envelope; licence; delivery"]
    assert results["1/track 01/bundle.json"] == ["verified", ""]
    assert rows[2][4] == "track-example"


def test_audio_is_checked_when_asked_for(catalogue: Path) -> None:
    """With the audio, changed samples are found as well."""
    report = catalogue / "out.csv"
    tally = verify_all(catalogue / "tracks", report, trust_root(), NOW, audio=True)
    assert tally == Tally(23, 7, 0)
    failed = [row[3] for row in _rows(report)[1:]]
    assert failed.count("audio samples") == 4


@pytest.mark.parametrize("kept", [0, 1, 60, 1000, 2500])
def test_a_run_that_was_cut_off_goes_on(catalogue: Path, kept: int) -> None:
    """Whatever was written of the report, the next run completes it to the same lines."""
    whole, cut = catalogue / "whole.csv", catalogue / "cut.csv"
    verify_all(catalogue / "tracks", whole, trust_root(), NOW)
    cut.write_bytes(whole.read_bytes()[:kept])
    tally = verify_all(catalogue / "tracks", cut, trust_root(), NOW)
    assert cut.read_bytes() == whole.read_bytes()
    assert tally.verified + tally.refused + tally.known == 30
    assert verify_all(catalogue / "tracks", cut, trust_root(), NOW) == Tally(0, 0, 30)


def test_a_changed_bundle_is_verified_again(catalogue: Path) -> None:
    """What the report knows is passed over only as long as the bytes are the same."""
    report = catalogue / "out.csv"
    verify_all(catalogue / "tracks", report, trust_root(), NOW)
    path = catalogue / "tracks" / "1" / "track 01" / "bundle.json"
    path.write_bytes(path.read_bytes().replace(b'"sig":"', b'"sig":"A', 1))
    assert verify_all(catalogue / "tracks", report, trust_root(), NOW) == Tally(0, 1, 29)


def test_another_file_is_not_written_into(catalogue: Path) -> None:
    """A report that holds something else is refused and stays as it was."""
    report = catalogue / "out.csv"
    report.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="no report of this command"):
        verify_all(catalogue / "tracks", report, trust_root(), NOW)
    assert report.read_text() == "a,b\n1,2\n"


def test_a_text_that_a_spreadsheet_would_compute_is_text(catalogue: Path) -> None:
    """A folder's name cannot become a formula."""
    folder = catalogue / "tracks" / "=1+1"
    folder.mkdir()
    (folder / "bundle.json").write_bytes(SET["bundle.json"])
    report = catalogue / "out.csv"
    verify_all(catalogue / "tracks", report, trust_root(), NOW)
    assert [row[0] for row in _rows(report)][-1] == "'=1+1/bundle.json"
    assert verify_all(catalogue / "tracks", report, trust_root(), NOW).known == 31


def test_the_command(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--all writes the report, says how many, and ends with 1 when one is not verified."""
    root = catalogue / "trust-root.json"
    root.write_bytes(trust_file.encode(trust_root()))
    asked = ["--all", str(catalogue / "tracks"), "--report", str(catalogue / "out.csv")]
    assert main([*asked, "--trust-root", str(root)]) == 1
    assert capsys.readouterr().out.startswith("27 verified, 3 not verified, 0 known")
    assert main([*asked, "--trust-root", str(catalogue / "none.json")]) == 2
    with pytest.raises(SystemExit):
        main(["--all", str(catalogue)])


def test_a_verified_bundle_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--explain says what each check means, and what none of them shows."""
    (tmp_path / "bundle.json").write_bytes(SET["bundle.json"])
    (tmp_path / "root.json").write_bytes(trust_file.encode(trust_root()))
    asked = [str(tmp_path / "bundle.json"), "--trust-root", str(tmp_path / "root.json")]
    assert main([*asked, "--explain"]) == 0
    said = capsys.readouterr().out
    assert "not one letter of it was changed since" in said
    assert "valid as of the moment" in said
    assert "Not shown by this" in said


def test_every_refusal_has_plain_words() -> None:
    """For each named attack the explanation says something, and claims nothing as shown."""
    for attack in attacks():
        report = attack.run()
        lines = [*explained(report)]
        assert len(lines) >= 3, attack.name
        assert all(line == "" or line.endswith(".") for line in lines), attack.name
    untouched = verify(NamedFile("bundle.json", SET["bundle.json"]), [], None, NOW)
    assert any("get trust-root.json" in line for line in explained(untouched))
