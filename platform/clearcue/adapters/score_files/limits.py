"""What a score file from outside may cost, and what a parser process may use.

The limits are far above any real score (the largest work of the corpus has 17,000 notes and 10 MB
of XML) and far below what would hurt a small machine.
"""

from dataclasses import dataclass

MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_MIDI_BYTES = 3 * 1024 * 1024
MAX_XML_BYTES = 48 * 1024 * 1024
MAX_XML_ELEMENTS = 2_000_000
MAX_XML_DEPTH = 60
MAX_ARCHIVE_MEMBERS = 200
MAX_NOTES = 200_000
MAX_TICKS = 480 * 4 * 20_000
"""The longest piece: 20,000 bars of 4/4, some eleven hours at 120 quarter notes a minute."""
MAX_MIDI_MESSAGES = 1_000_000
MAX_BARS = 50_000
CPU_SECONDS = 60
WALL_SECONDS = 90.0
ADDRESS_SPACE_BYTES = 2 * 1024 * 1024 * 1024
WRITTEN_FILE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force; the defaults are the module's constants."""

    max_file_bytes: int = MAX_FILE_BYTES
    max_midi_bytes: int = MAX_MIDI_BYTES
    max_xml_bytes: int = MAX_XML_BYTES
    max_xml_elements: int = MAX_XML_ELEMENTS
    max_xml_depth: int = MAX_XML_DEPTH
    max_archive_members: int = MAX_ARCHIVE_MEMBERS
    max_notes: int = MAX_NOTES
    max_ticks: int = MAX_TICKS
    max_midi_messages: int = MAX_MIDI_MESSAGES
    max_bars: int = MAX_BARS
    cpu_seconds: int = CPU_SECONDS
    wall_seconds: float = WALL_SECONDS
    address_space_bytes: int = ADDRESS_SPACE_BYTES
    written_file_bytes: int = WRITTEN_FILE_BYTES
