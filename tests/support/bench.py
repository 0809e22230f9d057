"""`make bench`: how long a 60 s track takes by stage, beside FluidSynth on the same MIDI.

Each run is a cold process with a warm cache (parsed corpus, model, fingerprints, compiled code).
FluidSynth renders the same score.mid with its defaults to one raw WAV at 48 kHz. The figure to read
is the ratio of the medians, both taken in this run on this machine.
"""

import itertools
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mido

MOODS = {
    "corporate-pop": "uplifting",
    "epic-trailer": "epic",
    "ambient": "calm",
    "house": "energetic",
    "jazz-trio": "romantic",
}
STYLES = tuple(MOODS)
SECONDS = 60
RUNS = 3
SOUND_FONTS = (
    "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",
    "/usr/share/sounds/sf3/MuseScore_General.sf3",
    "/usr/share/sounds/sf2/MuseScore_General.sf2",
)
APT_LINE = "apt-get install fluidsynth musescore-general-soundfont-small"


def stage_of(text: str) -> str:
    """The stage that a line of progress belongs to."""
    return "playing and mastering" if text.startswith("playing") else text


def run_stages(style: str, out: Path) -> None:
    """In a process of its own: make one track and print the seconds of each stage as JSON."""
    began = time.perf_counter()
    from clearcue.bootstrap import open_platform
    from clearcue.composer.brief import Brief, parse_seconds
    from clearcue.services.licences import LicenceRequest
    from clearcue.services.making import make_track
    from clearcue.services.ordering import Order
    from clearcue.settings import read_settings

    marks: list[tuple[str, float]] = [("starting", began)]

    def tell(stage: str, done: int, total: int) -> None:
        del done, total
        if stage_of(stage) != marks[-1][0]:
            marks.append((stage_of(stage), time.perf_counter()))

    brief = Brief(MOODS[style], "ad", parse_seconds(str(SECONDS)), style)
    order = Order(brief, 7, LicenceRequest())
    made = make_track(open_platform(read_settings(os.environ)), order, out, tell)
    marks.append(("end", time.perf_counter()))
    stages: dict[str, float] = {}
    for (name, start), (_, end) in itertools.pairwise(marks):
        stages[name] = stages.get(name, 0.0) + end - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"stages": stages, "peak_mb": peak, "lufs": made.summary["lufs"]}))


def texture(midi: Path) -> str:
    """How much there is to play: notes, notes a second, and the most that are held at once."""
    changes: list[tuple[float, int]] = []
    now = 0.0
    for message in mido.MidiFile(midi):
        now += message.time
        if message.type in ("note_on", "note_off"):
            struck = message.type == "note_on" and message.velocity > 0
            changes.append((now, 1 if struck else -1))
    held = list(itertools.accumulate(change for _, change in sorted(changes)))
    notes = sum(change > 0 for _, change in changes)
    return f"{notes} notes, {notes / SECONDS:.0f} a second, at most {max(held)} held at once"


def timed(command: list[str | Path]) -> tuple[float, str]:
    """Wall seconds of a command and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, done.stdout


def fluidsynth_command(midi: Path, wav: Path) -> list[str | Path] | None:
    """FluidSynth with its defaults, or None where it or its SoundFont is missing."""
    font = next((name for name in SOUND_FONTS if Path(name).exists()), None)
    if font is None or shutil.which("fluidsynth") is None:
        return None
    return ["fluidsynth", "-ni", "-F", wav, "-r", "48000", font, midi]


def bench(folder: Path) -> None:
    """Run everything and print the tables."""
    ours: dict[str, list[float]] = {style: [] for style in STYLES}
    theirs: dict[str, list[float]] = {style: [] for style in STYLES}
    tables: dict[str, dict[str, float]] = {}
    textures: dict[str, str] = {}
    peak = 0.0
    missing = False
    for run in range(RUNS + 1):  # the first run warms caches and is not counted
        for style in STYLES:
            out = folder / f"{style}-{run}"
            out.mkdir()
            wall, printed = timed([sys.executable, __file__, "--stages", style, out])
            told = json.loads(printed)
            command = fluidsynth_command(out / "score.mid", out / "fluidsynth.wav")
            missing = missing or command is None
            textures[style] = texture(out / "score.mid")
            if run:
                ours[style].append(wall)
                tables[style] = told["stages"]
                peak = max(peak, told["peak_mb"])
                if command is not None:
                    theirs[style].append(timed(command)[0])
            shutil.rmtree(out)
    print(f"A {SECONDS} s track with all its files, cold process, warm caches; {RUNS} runs.")
    for style in STYLES:
        print(f"\n{style}: median {statistics.median(ours[style]):.1f} s wall; {textures[style]}")
        for name, seconds in tables[style].items():
            print(f"  {name:24}{seconds:7.2f} s")
        if theirs[style]:
            other = statistics.median(theirs[style])
            ratio = statistics.median(ours[style]) / other
            print(f"  FluidSynth, same MIDI   {other:7.2f} s   ratio ours/FluidSynth {ratio:.1f}")
    if not missing:
        ratios = [statistics.median(ours[s]) / statistics.median(theirs[s]) for s in STYLES]
        print(f"\nmedian ratio over the styles: {statistics.median(ratios):.1f}")
    print(f"\npeak memory of one process: {peak:.0f} MB")
    if missing:
        print(f"left out: the ratio to FluidSynth ({APT_LINE})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stages"]:
        run_stages(sys.argv[2], Path(sys.argv[3]))
    else:
        with tempfile.TemporaryDirectory(prefix="clearcue-bench-") as name:
            bench(Path(name))
