"""The table of Python packages and licences in docs/licences.md, made from installed metadata.

    .venv/bin/python tests/support/list_licences.py           prints the table
    .venv/bin/python tests/support/list_licences.py --write   puts it into docs/licences.md

A licence is an SPDX expression: the package's own `License-Expression` (PEP 639) where it has one,
else what DECLARED says of its older `License` field or classifier. A package whose metadata says
neither clearly stands in READ with what its licence file says. An unknown declaration is an error,
never a guess.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "<!-- packages: made by tests/support/list_licences.py -->"
END = "<!-- end of packages -->"

DECLARED = {
    "Apache-2.0": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "MIT": "MIT",
    "MIT OR Apache-2.0": "MIT OR Apache-2.0",
    "MPL-2.0": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
READ = {
    "contourpy": "BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "kiwisolver": "BSD-3-Clause",
    "matplotlib": "PSF-2.0",
    "numba": "BSD-2-Clause",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "scipy": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
}
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+)")


@dataclass(frozen=True)
class Package:
    """One pinned package: its name as pinned, its version and its licence as an SPDX expression."""

    name: str
    version: str
    licence: str


def pins_of(requirements: Path) -> dict[str, str]:
    """Return name -> version of each package that a pinned list names, in its order."""
    found = (_PIN.match(line) for line in requirements.read_text().splitlines())
    return {match[1]: match[2] for match in found if match}


def declarations_of(name: str) -> dict[str, list[str]]:
    """Return all that an installed package's metadata says of its licence, by field."""
    metadata = distribution(name).metadata
    fields = ("License-Expression", "License", "Classifier")
    return {field: metadata.get_all(field) or [] for field in fields}


def licence_of(name: str) -> str:
    """Return the SPDX expression of an installed package.

    Raises:
        LookupError: when its metadata says nothing that this file knows how to read.
    """
    fields = declarations_of(name)
    if fields["License-Expression"]:
        return fields["License-Expression"][0]
    if name in READ:
        return READ[name]
    for declared in (*fields["License"], *fields["Classifier"]):
        if declared in DECLARED:
            return DECLARED[declared]
    raise LookupError(f"{name}: read its licence file and add it to READ")


def packages_of(requirements: Path) -> list[Package]:
    """Return the packages of a pinned list with the licences of what is installed.

    Raises:
        LookupError: when an installed version is not the pinned one, or a licence is unknown.
    """
    packages = []
    for name, version in pins_of(requirements).items():
        if distribution(name).version != version:
            raise LookupError(f"{name} {version} is pinned but not installed: run make test")
        packages.append(Package(name, version, licence_of(name)))
    return packages


def table_of(requirements: Path) -> str:
    """Return the Markdown table of a pinned list, between its two markers."""
    rows = [f"| {p.name} | {p.version} | {p.licence} |" for p in packages_of(requirements)]
    return "\n".join([BEGIN, "| package | version | licence |", "|---|---|---|", *rows, END])


def with_table(document: str, table: str) -> str:
    """Return the document with what stands between the markers replaced by the table."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + table + after


def main() -> None:
    """Print the table, or write it into the document."""
    table = table_of(ROOT / "requirements" / "runtime.txt")
    document = ROOT / "docs" / "licences.md"
    if sys.argv[1:] == ["--write"]:
        document.write_text(with_table(document.read_text(), table))
    else:
        print(table)


if __name__ == "__main__":
    main()
