"""JSON on standard output, without anything else of the command line."""

import json
from typing import Any

import click


def print_json(value: dict[str, Any]) -> None:
    """One JSON object on standard output, as UTF-8 whatever the locale's encoding is."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo(text.encode("utf-8", "backslashreplace"))
