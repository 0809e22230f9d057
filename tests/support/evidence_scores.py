"""`make evidence NAME=scores`: twelve tracks as engraved pages and piano rolls, read back.

Twelve styles and moods, composed with the training set of a fresh install. Each `score.musicxml` is
read by music21 and engraved by Verovio, which is not installed with the project; each `score.mid`
is drawn as a piano roll. Writes docs/images/twelve-scores/ and the table between the marks in
docs/evidence/twelve-scores.md; what is said of the scores there is written by hand.
"""

import argparse
import io
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import matplotlib as mpl
import music21
from PIL import Image

from clearcue.adapters.score_files.midi_writing import midi_bytes
from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes
from clearcue.bootstrap import open_platform
from clearcue.composer import ENGINE_VERSION
from clearcue.composer.brief import Brief
from clearcue.composer.compose import Composition, compose
from clearcue.music.score import Score
from clearcue.settings import Settings, read_settings

mpl.use("Agg")
from matplotlib import pyplot as plt

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images" / "twelve-scores"
PAGE = ROOT / "docs" / "evidence" / "twelve-scores.md"
MARKS = ("<!-- written by make evidence NAME=scores -->", "<!-- end of what is written -->")
VEROVIO = "verovio==6.4.1"
PAGE_OF = '<body style="margin:0;background:white"><div style="width:100%">{}</div></body>'
WIDTH = 1500
"""Pixels of an engraved page."""
COLOURS = plt.get_cmap("tab10").colors  # type: ignore[attr-defined]  # a listed colour map


@dataclass(frozen=True, slots=True)
class Asked:
    """A track to engrave: its brief and seed."""

    mood: str
    style: str
    usage: str
    seconds: int
    seed: int

    @property
    def name(self) -> str:
        """What its pictures are called."""
        return f"{self.style}-{self.mood}"


TWELVE = (
    Asked("uplifting", "corporate-pop", "ad", 20, 7),
    Asked("hopeful", "acoustic-folk", "vlog", 24, 7),
    Asked("dreamy", "ambient", "podcast", 30, 7),
    Asked("happy", "bossa", "explainer", 24, 7),
    Asked("epic", "epic-trailer", "trailer", 24, 7),
    Asked("energetic", "funk", "social", 20, 7),
    Asked("romantic", "jazz-trio", "ad", 24, 7),
    Asked("calm", "lo-fi", "podcast", 24, 7),
    Asked("playful", "orchestral-comedy", "ad", 20, 7),
    Asked("melancholic", "piano-solo", "film", 30, 7),
    Asked("romantic", "romantic-strings", "film", 30, 7),
    Asked("tense", "tension", "film", 24, 7),
)


def main() -> None:
    """Compose, engrave, read back, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, help="another seed for all twelve")
    parser.add_argument("--home", type=Path, help="a home folder; the environment's if left out")
    parser.add_argument("--only", help="one style")
    parser.add_argument("--images", type=Path, default=IMAGES)
    given = parser.parse_args()
    wired = open_platform(Settings(given.home) if given.home else read_settings(os.environ))
    corpus = wired.library.corpus(frozenset(), lambda *_: None)
    model = wired.library.model(corpus, lambda *_: None)
    given.images.mkdir(parents=True, exist_ok=True)
    rows = []
    with engraver() as engrave:
        for asked in TWELVE:
            if given.only not in (None, asked.style):
                continue
            brief = Brief(asked.mood, asked.usage, Fraction(asked.seconds), asked.style)
            piece = compose(model, brief, asked.seed if given.seed is None else given.seed)
            pages = engrave(musicxml_bytes(piece.score).decode(), given.images / asked.name)
            draw_roll(piece.score, given.images / f"{asked.name}-roll.png")
            rows.append(row(asked, piece, pages))
            print(rows[-1], flush=True)
    if given.only is None and given.images == IMAGES:
        write(rows)


@contextmanager
def engraver() -> Iterator[Any]:
    """Engraves MusicXML as PNG pages: Verovio writes SVG, a browser without a window paints it."""
    try:
        import verovio
    except ImportError:
        sys.exit(f"Verovio is missing: .venv/bin/pip install {VEROVIO}")
    from browser import ARGUMENTS, find_program
    from playwright.sync_api import sync_playwright

    toolkit = verovio.toolkit()
    toolkit.setOptions({
        "pageWidth": 3400, "pageHeight": 4600, "scale": 40, "adjustPageHeight": True,
        "footer": "none", "header": "none", "breaks": "auto", "spacingStaff": 7,
        "spacingSystem": 10, "justifyVertically": False, "svgViewBox": True,
    })  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_program("chromium")), args=ARGUMENTS
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})

        def engrave(xml: str, path: Path) -> int:
            assert toolkit.loadData(xml), "Verovio cannot read the score"
            count = int(toolkit.getPageCount())
            for number in range(1, count + 1):
                svg = toolkit.renderToSVG(number)
                page.set_content(PAGE_OF.format(svg))
                suffix = "" if number == 1 else f"-{number}"
                save(page.screenshot(full_page=True), path.with_name(f"{path.name}{suffix}.png"))
            return count

        yield engrave
        browser.close()


def save(png: bytes, path: Path) -> None:
    """A picture in sixteen greys, cut to what is drawn."""
    image = Image.open(io.BytesIO(png)).convert("L")
    box = image.point(lambda value: 255 - value).getbbox()
    if box:
        image = image.crop((0, 0, image.width, min(box[3] + 12, image.height)))
    image.quantize(16).save(path, optimize=True)


def draw_roll(score: Score, path: Path) -> None:
    """A piano roll by part, with bars, sections and chords."""
    figure, roll = plt.subplots(figsize=(13, 5.2), layout="constrained")
    for number, part in enumerate(score.melodic_parts()):
        colour = COLOURS[number % len(COLOURS)]
        for note in part.notes:
            roll.barh(
                note.pitch, note.duration_ticks / 480, left=note.onset_ticks / 480, height=0.85,
                color=colour, alpha=0.25 + 0.75 * note.velocity / 127,
            )  # fmt: skip
        roll.barh(60, 0, color=colour, label=part.name)
    top = max(note.pitch for part in score.melodic_parts() for note in part.notes) + 3
    for bar in score.bars:
        roll.axvline(bar / 480, color="0.8", linewidth=0.6, zorder=0)
    for section in score.sections:
        roll.axvline(section.onset_ticks / 480, color="0.3", linewidth=1.0, zorder=0)
        roll.text(section.onset_ticks / 480 + 0.2, top + 3, section.name, fontsize=9, weight="bold")
    for chord in score.chords:
        roll.text(chord.onset_ticks / 480 + 0.1, top, chord.symbol, fontsize=6.5)
    roll.set(xlabel="beat", ylabel="MIDI pitch", xlim=(0, score.bars[-1] / 480))
    roll.legend(loc="lower right", fontsize=7, ncols=5)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=85)
    plt.close(figure)
    Image.open(buffer).convert("RGB").quantize(96).save(path, optimize=True)


def row(asked: Asked, piece: Composition, pages: int) -> str:
    """What was read back, as a line of the table."""
    score = piece.score
    read = music21.converter.parseData(musicxml_bytes(score).decode(), format="musicxml")
    heads = [
        head
        for note in read.recurse().notes
        for head in (note.notes if note.isChord or "PercussionChord" in note.classes else (note,))
        if not isinstance(note, music21.harmony.ChordSymbol)
        and (head.tie is None or head.tie.type == "start")
    ]
    written = sum(len({(n.onset_ticks, n.pitch) for n in p.notes}) for p in score.parts)
    marks = len(list(read.recurse().getElementsByClass("RehearsalMark")))
    symbols = len(list(read.recurse().getElementsByClass("ChordSymbol")))
    dynamics = len(list(read.recurse().getElementsByClass("Dynamic")))
    hairpins = len(list(read.recurse().getElementsByClass("DynamicWedge")))
    tempo = next(iter(read.recurse().getElementsByClass("MetronomeMark"))).number
    midi = len(midi_bytes(score))
    return (
        f"| {asked.style} | {asked.mood}, {asked.usage}, {asked.seconds} s | {score.key.name} | "
        f"{tempo:.1f} | {len(score.bars) - 1} | {len(score.parts)} | {len(heads)} of {written} | "
        f"{symbols} of {len(score.chords)} | {marks} of {len(score.sections)} | {dynamics} | "
        f"{hairpins} | {midi} | {pages} |"
    )


def write(rows: list[str]) -> None:
    """The table, between the marks of the page."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    ).stdout.strip()  # fmt: skip
    columns = (
        "style", "mood, usage, length", "key", "bpm", "bars", "parts", "notes read back",
        "chord symbols", "rehearsal marks", "dynamics", "hairpins", "bytes of MIDI", "pages",
    )  # fmt: skip
    head = f"| {' | '.join(columns)} |"
    table = "\n".join([head, "|" + " --- |" * len(columns), *rows])
    made = (
        f"`make evidence NAME=scores`, engine {ENGINE_VERSION}, commit {commit}, "
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"music21 {music21.VERSION_STR}, {VEROVIO}."
    )
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n{made}\n\n{table}\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()
