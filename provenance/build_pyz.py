"""Build dist/clearcue-verify.pyz: the verifier in one file, needing Python and `cryptography`.

Usage: python provenance/build_pyz.py [OUTPUT]. The bytes depend on the sources alone: entries are
in sorted order, with fixed times and modes, stored without compression.
"""

import sys
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
PACKAGE = "clearcue_provenance"
DEFAULT_OUTPUT = SOURCE.parent / "dist" / "clearcue-verify.pyz"
SHEBANG = b"#!/usr/bin/env python3\n"
ENTRY_POINT = b"""import sys

from clearcue_provenance.cli import main

sys.exit(main())
"""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644 << 16


def build(output: Path) -> None:
    """Write the archive, replacing what was there."""
    entries = {"__main__.py": ENTRY_POINT}
    for path in (SOURCE / PACKAGE).rglob("*.py"):
        entries[path.relative_to(SOURCE).as_posix()] = path.read_bytes()
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_name(f".{output.name}.tmp")
    with temporary.open("wb") as file:
        file.write(SHEBANG)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, data in sorted(entries.items()):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.external_attr = _FILE_MODE
                entry.create_system = 3
                archive.writestr(entry, data)
    temporary.chmod(0o755)
    temporary.replace(output)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    build(target)
    print(target)
