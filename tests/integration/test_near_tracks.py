"""Tracks made here: compared with one another as they come, and never handed out twice."""

from pathlib import Path

import pytest
from originality_material import part, tune
from small_corpus import small_corpus, small_model
from small_scores import score
from web_app import small_platform

from clearcue.adapters.track_index import KeptTracks
from clearcue.composer import ENGINE_VERSION
from clearcue.composer.brief import Brief, parse_seconds
from clearcue.music.score import Score
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE
from clearcue.originality.segments import Segments
from clearcue.services.access import add_organisation
from clearcue.services.composing import compose_clear
from clearcue.services.fingerprints import fingerprint, read_fingerprint
from clearcue.services.near_tracks import NearDuplicateError, TracksMade, refuse_anothers_music
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.recipes import Recipe
from clearcue.services.stored import StoredTrack, TrackOwner
from clearcue.services.training import train


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""


def of(count: int, seed: int) -> Score:
    """A score of one short or long tune."""
    notes = tune(seed, count)
    return score(part("tune", "melody", notes), bars=(0, -(-notes[-1].end_ticks // 1920) * 1920))


def add(platform: Platform, organisation_id: str, track_id: str, music: Score) -> None:
    """Store a track with nothing but its row."""
    root = train(platform, quiet).corpus.training_set(ENGINE_VERSION).root
    track = StoredTrack(
        id=track_id, organisation_id=organisation_id, family=track_id, title="A title",
        mood="calm", usage="ad", seed=1, attempt=0, frames=1, sample_rate=48000,
        training_set_digest=root, pcm_sha256="0" * 64, fingerprint=fingerprint(music),
        created_at=platform.clock.now(), details={},
    )  # fmt: skip
    with platform.units.write() as unit:
        unit.tracks.add(track)
        unit.commit()


def test_index_follows_the_store(tmp_path: Path) -> None:
    """Tracks that came are found; another process takes the files over, and makes lost ones."""
    platform = small_platform(tmp_path / "home")
    owner = ensure_owner(platform)
    folder = tmp_path / "tracks"
    first = KeptTracks(folder)
    for number in range(6):
        add(platform, owner.id, f"track-{number}", of(60, number))
        with platform.units.read() as unit:
            made = first.up_to_date(unit.tracks)
        assert made.segments.ids == {f"track-{at}" for at in range(number + 1)}
    kept = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    with platform.units.read() as unit:
        other = KeptTracks(folder).up_to_date(unit.tracks)
        assert other.segments.music() == made.segments.music()
        assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == kept
        for path in folder.iterdir():
            path.write_bytes(b"damaged")
        again = KeptTracks(folder).up_to_date(unit.tracks)
    assert again.segments.music() == made.segments.music()
    assert made.owners["track-3"] == TrackOwner("track-3", owner.id, "track-3")


def test_short_music_of_another_organisation_is_refused(tmp_path: Path) -> None:
    """A given seed's 5 s piece, too short for any window, is refused where another has it."""
    model, corpus = small_model(), small_corpus()
    platform = small_platform(tmp_path / "home")
    index = platform.library.index(corpus, quiet)
    asked = Recipe(Brief("playful", "ad", parse_seconds("5")))
    accepted = compose_clear(model, index, asked, 7, "ours", TracksMade({}, Segments()), quiet)
    work, roles = read_fingerprint("theirs", fingerprint(accepted.composition.score))
    stored = TracksMade(
        {"theirs": TrackOwner("theirs", "they", "theirs")},
        Segments().inserted([work], {"theirs": roles}),
    )
    with pytest.raises(NearDuplicateError, match="seed 7 belongs to another track"):
        compose_clear(model, index, asked, 7, "ours", stored, quiet)
    again = compose_clear(model, index, asked, 7, "they", stored, quiet)
    assert again.composition.score == accepted.composition.score


def test_of_two_orders_at_once_one_is_stored(tmp_path: Path) -> None:
    """What another organisation stored since this one looked is seen in the transaction."""
    platform = small_platform(tmp_path / "home")
    owner = ensure_owner(platform)
    stranger = add_organisation(platform, "stranger", "A stranger")
    add(platform, owner.id, "track-0", of(40, 1))
    with platform.units.read() as unit:
        before = platform.tracks.up_to_date(unit.tracks)
    with platform.units.write() as unit:
        refuse_anothers_music(of(6, 2), stranger.id, before, unit.tracks)
    add(platform, owner.id, "track-1", of(6, 2))
    with platform.units.write() as unit:
        for known in (before, platform.tracks.up_to_date(unit.tracks)):
            with pytest.raises(NearDuplicateError, match="another track of this platform"):
                refuse_anothers_music(of(6, 2), stranger.id, known, unit.tracks)
            refuse_anothers_music(of(6, 2), owner.id, known, unit.tracks)
            refuse_anothers_music(of(6, 3), stranger.id, known, unit.tracks)


def test_own_tracks_can_be_left_out(tmp_path: Path) -> None:
    """A piece is near its own track, and clear once its owner's tracks are left out."""
    platform = small_platform(tmp_path / "home")
    owner = ensure_owner(platform)
    add(platform, owner.id, "track-0", of(60, 1))
    known = platform.library.index(small_corpus(), quiet).rarity
    with platform.units.read() as unit:
        made = platform.tracks.up_to_date(unit.tracks)
    near = made.near(of(60, 1), known)
    assert near is not None
    assert (near.verdict, near.matches[0].work) == (NEAR_DUPLICATE, "track-0")
    assert made.near(of(60, 1), known, without=made.of(owner.id)) is None
    other = made.near(of(60, 2), known)
    assert other is not None
    assert other.verdict == CLEAR
