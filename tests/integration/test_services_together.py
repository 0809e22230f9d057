"""Working together: what is supplied is declared, checked, found again, and on the record."""

import json
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from given_files import ABC, BASS_ABC, TUNE, tune_midi, written
from small_corpus import small_corpus, small_model
from web_app import small_platform

from clearcue.composer.brief import Brief
from clearcue.composer.compose import compose
from clearcue.composer.given import Given, GivenLine
from clearcue.errors import BadInputError
from clearcue.music.lineage import CHORDS, Lineage, RuleSource
from clearcue.originality.check import check, index_of_scores
from clearcue.originality.report import NEAR_DUPLICATE
from clearcue.originality.segments import Segments
from clearcue.services.access import add_organisation
from clearcue.services.jobs import find_job, read_payload, submit
from clearcue.services.makers import makers_of
from clearcue.services.making import MadeTrack, make_track
from clearcue.services.near_tracks import NearDuplicateError, TracksMade
from clearcue.services.ordering import Order
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.recipes import (
    LostBaseError,
    Recipe,
    Rework,
    ReworkError,
    base_of,
    plain_recipe,
    read_recipe,
    refuse_lost_base,
)
from clearcue.services.stored import MissingError
from clearcue.services.story import story_of
from clearcue.services.supplying import (
    NO_SUPPLY,
    Declaration,
    Supply,
    SupplyError,
    Upload,
    refuse_known,
    supply_of,
    work_of,
)
from clearcue_provenance import bundle, statement

BRIEF = Brief("uplifting", "ad", Fraction(12), "corporate-pop")
JANE = Declaration("Jane Doe", "own-work", "written on a train")


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total


@dataclass
class World:
    """A platform, a supplied motif, and a track that was made with it."""

    platform: Platform
    supply: Supply
    made: MadeTrack
    folder: Path

    def record(self, made: MadeTrack) -> dict[str, Any]:
        """A track's predicate."""
        owner = ensure_owner(self.platform)
        return dict(story_of(self.platform, owner, made.summary["track_id"]).record)

    def authored(self, name: str) -> dict[str, Any]:
        """What a made track's authorship statement says."""
        stored = (self.folder / name / "authorship.json").read_bytes()
        return dict(statement.parse(bundle.parse(stored).envelope.payload).predicate)

    def make(self, name: str, **order: Any) -> MadeTrack:
        """Another track."""
        staging = self.folder / name
        staging.mkdir()
        asked = {"brief": BRIEF, "seed": 7, "licence": None, **order}
        return make_track(self.platform, Order(**asked), staging, quiet)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once for this module."""
    folder = tmp_path_factory.mktemp("together")
    platform = small_platform(folder / "home")
    motif = Upload(written(folder, "motif.mid", tune_midi()), "motif.mid")
    supply = supply_of(platform.scores, motif, "C Am F G", None, JANE)
    world = World(platform, supply, MadeTrack({}, ()), folder)
    world.made = world.make("given", supply=supply)
    return world


@pytest.mark.parametrize(
    ("name", "content"), [("motif.mid", tune_midi()), ("motif.abc", ABC), ("any name", ABC)]
)
def test_a_motif_is_read_from_any_format(world: World, tmp_path: Path, name: str, content: Any):
    """MIDI and ABC of one tune give the same notes, whatever the file is called."""
    upload = Upload(written(tmp_path, name, content), name)
    motif = supply_of(world.platform.scores, upload, None, None, JANE).given.motif
    assert motif is not None
    assert motif.notes == TUNE
    assert motif.source == RuleSource(
        "given.motif", name, f"sha256:{sha256(upload.path.read_bytes()).hexdigest()}",
        "Jane Doe", "own-work",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "hint"),
    [
        (("", "own-work", None), "who supplies"),
        (("Jane\nDoe", "own-work", None), "who supplies"),
        (("Jane Doe", "found it", None), "own-work, public-domain, licensed"),
        (("Jane Doe", "licensed", None), "who granted what"),
        (("Jane Doe", "own-work", "x" * 1001), "1000"),
    ],
)
def test_a_declaration_says_who_and_by_what_right(declared: tuple[Any, ...], hint: str):
    """What is missing is named."""
    with pytest.raises(SupplyError, match=hint):
        Declaration(*declared)


def test_nothing_is_taken_without_a_declaration(world: World, tmp_path: Path):
    """A motif alone is refused, so is a declaration alone, so is what is no score."""
    scores = world.platform.scores
    upload = Upload(written(tmp_path, "m.mid", tune_midi()), "m.mid")
    with pytest.raises(SupplyError, match="needs your declaration"):
        supply_of(scores, upload, None, None, None)
    with pytest.raises(SupplyError, match="needs a motif"):
        supply_of(scores, None, None, None, JANE)
    with pytest.raises(BadInputError, match="no score"):
        supply_of(scores, Upload(written(tmp_path, "m", b"\0" * 99), "m"), None, None, JANE)


def test_a_training_works_tune_is_refused():
    """A motif out of the corpus comes too near, and the work is named."""
    corpus = small_corpus()
    work = next(w.parsed for w in corpus if "aloha" in w.work_id)
    line = work.lines[0].skyline()[:40]
    start = line[0].onset_ticks
    notes = tuple(
        ((n.onset_ticks - start) // 120, max(n.duration_ticks // 120, 1), n.pitch) for n in line
    )
    notes = tuple(
        (onset, min(length, after[0] - onset), pitch)
        for (onset, length, pitch), after in pairwise(notes)
    )
    source = RuleSource("given.motif", "mine.mid", "sha256:00", "Jane Doe", "own-work")
    given = Given(GivenLine(notes, notes[-1][0] // 16 + 2, source))
    index = small_platform_index()
    with pytest.raises(NearDuplicateError, match=r"too near to .*aloha_oe.*bars"):
        refuse_known(Supply(given, JANE), index, owner_like("ours"), TracksMade({}, Segments()))


def small_platform_index() -> Any:
    """The small corpus's index."""
    from clearcue.originality.index import build_index

    return build_index(work.parsed for work in small_corpus())


def owner_like(organisation_id: str) -> Any:
    """An organisation of that id."""
    from clearcue.services.stored import Organisation

    return Organisation(organisation_id, organisation_id, organisation_id, None)  # type: ignore[arg-type]  # only its id is looked at


def test_another_organisations_tune_is_refused(world: World):
    """A motif that another organisation's track holds is refused; one's own track's is not."""
    platform = world.platform
    stranger = add_organisation(platform, "stranger", "A stranger")
    corpus = small_corpus()
    index = platform.library.index(corpus, quiet)
    with platform.units.read() as unit:
        tracks = platform.tracks.up_to_date(unit.tracks)
    refuse_known(world.supply, index, ensure_owner(platform), tracks)
    with pytest.raises(NearDuplicateError, match="another track of this platform"):
        refuse_known(world.supply, index, stranger, tracks)


def test_the_given_motif_is_found_again(world: World):
    """The originality check finds it in the track, in the bars that the record names."""
    record = world.record(world.made)
    asked = record["buildDefinition"]["externalParameters"]
    piece = read_recipe(asked).compose(small_model(), asked["seed"], asked["attempt"])
    motif = world.supply.given.motif
    assert motif is not None
    report = check(index_of_scores([("track", piece.score)]), work_of(motif))
    assert report.verdict == NEAR_DUPLICATE
    assert report.nearest is not None
    act = next(act for act in world.authored("given")["acts"] if act["kind"] == "input")
    stated = act["detail"]["stated_in"]
    assert report.nearest.work_bars == (stated[0]["from"], stated[0]["to"])
    assert report.nearest.work_part.startswith("melody")


def test_the_record_says_who_gave_what(world: World):
    """Declaration, digests and acts are signed; the lineage names person and file."""
    record, authored = world.record(world.made), world.authored("given")
    asked = record["buildDefinition"]["externalParameters"]["supplied"]
    assert (asked["by"], asked["right"], asked["statement"]) == (
        "Jane Doe", "own-work", "written on a train"
    )  # fmt: skip
    digest = sha256(tune_midi()).hexdigest()
    assert asked["motif"]["sha256"] == digest
    assert authored["persons"] == [{"id": "person-1", "name": "Jane Doe", "roles": ["composer"]}]
    inputs = [act for act in authored["acts"] if act["kind"] == "input"]
    assert [list(act["after"]) for act in inputs] == [["motif"], ["chords"]]
    assert inputs[0]["by"] == "person-1"
    assert inputs[0]["after"] == {"motif": digest}
    assert authored["declarations"][0]["about"] == digest
    assert authored["declarations"][0]["text"].endswith("own-work: written on a train")
    melody = record["authorship"]["melody"]
    assert Fraction(melody["given"]) > 0
    assert "Jane Doe" in melody["by"]
    assert "Jane Doe" in authored["elements"]["melody"]["note"]
    rules = {rule["rule"]: rule for rule in record["rules"]}
    assert rules["given.motif"]["author"] == "Jane Doe"
    assert rules["given.motif"]["version"] == f"sha256:{digest}"


def test_a_brief_makes_nobody_an_author(world: World):
    """Without more than a brief no person is named, and all makers are machines."""
    record = world.record(world.make("plain"))
    assert world.authored("plain")["persons"] == []
    assert {value["maker"] for value in record["authorship"].values()} == {"machine"}


def test_what_is_given_whole_is_a_humans():
    """An element has a human maker only where every event of it was given."""
    source = RuleSource("given.chords", "c", "sha256:00", "Jane Doe", "own-work")
    piece = compose(small_model(), BRIEF, 3, candidates=2)
    given = ((source, Fraction(1)),)
    events = {**piece.lineage.events, CHORDS: (given,) * len(piece.score.chords)}
    whole = makers_of(replace(piece, lineage=Lineage(events)))
    assert (whole["harmony"].human, whole["harmony"].by) == (True, "Jane Doe")
    assert not whole["melody"].human
    events[CHORDS] = (*events[CHORDS][1:], piece.lineage.events[CHORDS][-1])
    most = makers_of(replace(piece, lineage=Lineage(events)))["harmony"]
    assert not most.human
    assert Fraction(most.plain()["given"]) == 1 - Fraction(1, len(piece.score.chords))


def test_a_track_is_made_again_from_its_record_alone(world: World):
    """A recipe read out of the record gives the score that the record names, locks included."""
    base = base_of(world.platform, ensure_owner(world.platform), world.made.summary["track_id"])
    rework = Rework(base, "Max Muster", locks=("melody",))
    locked = world.make("locked", brief=base.recipe.brief, supply=base.recipe.supply,
                        rework=rework, seed=8)  # fmt: skip
    second = base_of(world.platform, ensure_owner(world.platform), locked.summary["record_digest"])
    varied = world.make("varied", brief=base.recipe.brief, supply=base.recipe.supply, seed=9,
                        rework=Rework(second, "Eva Muster", vary=30))  # fmt: skip
    for made in (world.made, locked, varied):
        asked = json.loads(json.dumps(world.record(made)))["buildDefinition"]["externalParameters"]
        piece = read_recipe(asked).compose(small_model(), asked["seed"], asked["attempt"])
        midi = world.platform.scores.midi(piece.score)
        assert sha256(midi).hexdigest() == made.summary["files"]["score.mid"]
    chosen = [
        (world.authored(name)["persons"][-1]["name"], act["detail"], act["before"]["record"])
        for name in ("locked", "varied")
        for act in world.authored(name)["acts"]
        if act["kind"] == "choice" and act["by"].startswith("person")
    ]
    assert chosen == [
        ("Max Muster", {"locked": ["melody"]}, world.made.summary["record_digest"]),
        ("Eva Muster", {"vary_percent": 30}, locked.summary["record_digest"]),
    ]
    internal = world.record(varied)["buildDefinition"]["internalParameters"]
    assert internal["distance"]["measure"] == "note-overlap-v1"
    assert internal["distance"]["percent"] == varied.summary["distance_percent"]
    assert abs(varied.summary["distance_percent"] - 30) <= 20
    with world.platform.units.read() as unit:
        families = {
            unit.tracks.get(ensure_owner(world.platform).id, made.summary["track_id"]).family
            for made in (world.made, locked, varied)
        }
    assert families == {world.made.summary["track_id"]}


def test_only_ones_own_track_can_be_worked_on(world: World):
    """A stranger's name for it is unknown; so is a made-up one."""
    stranger = add_organisation(world.platform, "other", "Another")
    for organisation, named in (
        (stranger, world.made.summary["track_id"]),
        (stranger, world.made.summary["record_digest"]),
        (ensure_owner(world.platform), "ab" * 32),
    ):
        with pytest.raises(MissingError):
            base_of(world.platform, organisation, named)


def test_a_base_that_is_made_otherwise_now_is_refused(world: World):
    """Where engine or training set changed, the base is not what it was, and nothing is made."""
    base = base_of(world.platform, ensure_owner(world.platform), world.made.summary["track_id"])
    recipe = Recipe(BRIEF, NO_SUPPLY, Rework(base, "Max", locks=("melody",)))
    refuse_lost_base(recipe, small_model(), world.platform.scores)
    lost = replace(recipe, rework=Rework(replace(base, score="ab" * 32), "Max", ("melody",)))
    with pytest.raises(LostBaseError, match="cannot be made again"):
        refuse_lost_base(lost, small_model(), world.platform.scores)
    for wrong in ({}, {"locks": ("melody",), "vary": 3}, {"vary": 101}):
        with pytest.raises(ReworkError):
            Rework(base, "Max", **wrong)
    for nobody in ("", " ", "Max\nMuster", "x" * 121):
        with pytest.raises(SupplyError, match="who works on the track"):
            Rework(base, nobody, ("melody",))


def test_an_order_survives_the_queue(world: World, tmp_path: Path):
    """A worker reads out of the stored job what was ordered: gifts, base, locks and all."""
    owner = ensure_owner(world.platform)
    base = base_of(world.platform, owner, world.made.summary["track_id"])
    bass = Upload(written(tmp_path, "b.abc", BASS_ABC), "b.abc")
    supply = supply_of(world.platform.scores, None, None, bass, JANE)
    for wanted in (
        Order(BRIEF, None, None, supply=supply),
        Order(BRIEF, 3, None, supply=base.recipe.supply, rework=Rework(base, "Max", vary=40)),
    ):
        job = submit(world.platform, owner, wanted, world.platform.ids.new())
        stored = find_job(world.platform, owner, job.id)
        assert read_payload(json.loads(json.dumps(dict(stored.payload))))[0] == wanted
        recipe = wanted.recipe
        assert read_recipe(json.loads(json.dumps(plain_recipe(recipe)))) == recipe


def test_two_pieces_of_one_motif_may_both_be_made(world: World):
    """A drawn seed is not refused because one's own earlier track has the same motif."""
    again = world.make("again", supply=world.supply, seed=None)
    assert again.summary["files"]["score.mid"] != world.made.summary["files"]["score.mid"]
