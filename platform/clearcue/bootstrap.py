"""Where ports meet adapters: the one place that knows both."""

import os
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from clearcue.adapters.audio_reading import AudioFiles
from clearcue.adapters.blobs import folder_blobs, url_blobs
from clearcue.adapters.c2pa_ca import local_chain
from clearcue.adapters.c2pa_files import C2paManifests, Credentials
from clearcue.adapters.cashiers import InvoiceCashier, StripeCashier
from clearcue.adapters.db.engine import sqlite_url
from clearcue.adapters.db.migrate import migrate
from clearcue.adapters.db.unit_of_work import Database
from clearcue.adapters.fluidsynth import open_bank
from clearcue.adapters.key_agent import open_agent_keyring
from clearcue.adapters.keys import KEYS_FOLDER, TRUST_ROOT_NAME, FileKeyring
from clearcue.adapters.library import CachedLibrary
from clearcue.adapters.packs.shelf import Shelf
from clearcue.adapters.recordings.kept import KeptRecordings
from clearcue.adapters.score_files.midi_writing import midi_bytes
from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes
from clearcue.adapters.score_files.passage_writing import passage_abc, passage_midi
from clearcue.adapters.score_files.reading import read_score_file
from clearcue.adapters.secret_file import kept_secret
from clearcue.adapters.track_index import KeptTracks
from clearcue.files import cannot_write
from clearcue.licensing.prices import PriceList, read_price_list
from clearcue.music.score import Note, Score
from clearcue.music.work import Bar, ParsedWork
from clearcue.rights.policy import builtin_policy
from clearcue.services.platform import Keyring, Platform
from clearcue.services.policies import in_force
from clearcue.settings import Settings

PRICES_NAME = "prices.toml"
"""Where an owner's price list lies in the home folder."""
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)


class SystemIds:
    """Ids that sort by time (ULID: 48 bits of milliseconds, 80 random bits) and random nonces."""

    def new(self) -> str:
        """A fresh id."""
        value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
        return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))

    def nonce(self) -> str:
        """32 random bytes in hexadecimal digits."""
        return secrets.token_hex(32)


class ScoreFileFormats:
    """Scores as files: MIDI and MusicXML out; MIDI, MusicXML, ABC and kern in."""

    def midi(self, score: Score) -> bytes:
        """A Standard MIDI File."""
        return midi_bytes(score)

    def musicxml(self, score: Score) -> bytes:
        """A MusicXML file."""
        return musicxml_bytes(score)

    def read(self, path: Path) -> ParsedWork:
        """Read a file from outside in a bounded process."""
        return read_score_file(path)

    def passage(self, notes: Sequence[Note], bars: Sequence[Bar], title: str) -> tuple[str, bytes]:
        """A passage as ABC text and as a MIDI file."""
        return passage_abc(notes, bars, title), passage_midi(notes)


def open_platform(settings: Settings) -> Platform:
    """Wire everything for these settings; the database is migrated first.

    Raises:
        ClearcueError: when the home folder, the database, the keys or the policy cannot be used.
    """
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise cannot_write(home, error) from error
    _keep_compiled_code(home)
    url = settings.database_url or sqlite_url(home / "clearcue.db")
    migrate(url)
    units = Database(url)
    with units.read() as unit:
        policy = in_force(builtin_policy(settings.policy), unit.policy_switches.all())
    clock = SystemClock()
    keyring = _keyring(settings, clock)
    blobs = url_blobs(settings.blobs_url) if settings.blobs_url else folder_blobs(home / "files")
    return Platform(
        units=units,
        blobs=blobs,
        clock=clock,
        ids=SystemIds(),
        library=CachedLibrary(home / "cache", policy, Shelf(home / "packs"), settings.packs),
        tracks=KeptTracks(home / "cache" / "tracks"),
        ears=KeptRecordings(home / "cache" / "recordings", blobs),
        scores=ScoreFileFormats(),
        keyring=keyring,
        prices=_prices(home / PRICES_NAME),
        cashier=StripeCashier(settings.stripe_secret)
        if settings.stripe_secret
        else InvoiceCashier(),
        manifests=C2paManifests(lambda: _credentials(home / KEYS_FOLDER, keyring, clock)),
        audio=AudioFiles(),
        log_folder=home / "log",
        trust_root_path=home / TRUST_ROOT_NAME,
        owner=settings.owner,
        pepper=kept_secret(home / "keys" / "api-pepper"),
        sampled=lambda: open_bank(settings.sound_font),
    )


def _credentials(folder: Path, keyring: Keyring, clock: SystemClock) -> Credentials:
    """What C2PA manifests are signed with: the certificate beside the keys, else a local one."""
    signer = keyring.c2pa()
    return Credentials(signer, *local_chain(folder, signer, clock.now().replace(microsecond=0)))


def _keyring(settings: Settings, clock: SystemClock) -> Keyring:
    """The keys in files, or those of the process that signs for this one."""
    if settings.key_agent is not None:
        return open_agent_keyring(settings.key_agent, settings.home / TRUST_ROOT_NAME)
    return FileKeyring(settings.home, settings.passphrase, clock.now)


def _prices(path: Path) -> PriceList:
    """The owner's price list, or the example that comes with the program."""
    return read_price_list(path.read_bytes() if path.is_file() else None)


def _keep_compiled_code(home: Path) -> None:
    """Where the package's own folder cannot be written, compiled code is cached in the home."""
    if not os.access(Path(__file__).parent, os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", str(home / "cache" / "compiled"))
