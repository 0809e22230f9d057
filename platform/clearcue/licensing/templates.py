"""Licence templates: data in `data/licences`, each with a version and its exact text.

A template's text is made of a text file with [[marks]], which the template fills when it is read,
and {fields}, which a quote fills. The SHA-256 of the text before the fields are filled is written
in the template and checked whenever it is read: an altered text is refused until it gets a version
of its own. An older version stays in its file, so that its licences can always be read again.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from clearcue.errors import BadInputError
from clearcue.licensing.errors import TermsError
from clearcue.licensing.tables import FOLDER, read_data

CURRENT: Mapping[str, str] = dict.fromkeys(
    (
        "social-organic", "ad-web", "podcast", "corporate", "ad-broadcast", "film", "game",
        "in-store", "series",
    ),
    "2.0.0",
)  # fmt: skip
"""The version that a new quote takes, by template id; the order is the one they are listed in."""

DRAFT = "draft, not reviewed by counsel"
"""The status of every template until an owner records that counsel has reviewed it."""

_FIRST_FIELDS = frozenset(
    {
        "licensor", "licensee", "title", "track_id", "record_digest", "pcm_sha256", "media",
        "territory", "term", "performing_rights", "credits", "price",
    }
)  # fmt: skip
FIELDS: Mapping[str, frozenset[str]] = {
    "1": _FIRST_FIELDS,
    "2": _FIRST_FIELDS
    | {
        "status", "client", "family", "digests", "identifiers", "project", "audience",
        "exclusivity", "indemnity", "cap", "channels", "tax", "amends", "law",
    },
}  # fmt: skip
"""The fields that every template's text has, each at least once, by the version's first number."""

_MARK = re.compile(r"\[\[([a-z_]+)\]\]")
_FIELD = re.compile(r"\{([a-z_0-9]+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one template.

    `text` has {fields} to be filled; `sha256` is that of its UTF-8 bytes. `media` maps a medium's
    code to what it means. `term` and `territory` are what a quote takes when none is given.
    `ad_use` and `cut_downs` are empty in the first versions, which did not have them.
    """

    id: str
    version: str
    title: str
    status: str
    usages: tuple[str, ...]
    media: Mapping[str, str]
    term: str
    territory: str
    performing_rights: str
    grant: str
    limits: str
    survival: str
    ad_use: str
    cut_downs: str
    text: str
    sha256: str


def find_template(template_id: str) -> Template:
    """The current version of a template.

    Raises:
        BadInputError: when there is no template of that id.
        TermsError: when its text is not the one that its version stands for.
    """
    if template_id not in CURRENT:
        raise BadInputError(
            f"there is no licence template {template_id[:40]!r}; one of {', '.join(CURRENT)}"
        )
    return load_template(template_id, CURRENT[template_id])


def template_for_usage(usage: str) -> Template:
    """The template that fits what a track is made for.

    Raises:
        BadInputError: when none does.
    """
    for template in all_templates():
        if usage in template.usages:
            return template
    known = sorted(usage for template in all_templates() for usage in template.usages)
    raise BadInputError(f"no licence template fits the usage {usage[:40]!r}; {', '.join(known)} do")


def all_templates() -> tuple[Template, ...]:
    """The current version of every template."""
    return tuple(map(find_template, CURRENT))


@cache
def load_template(template_id: str, version: str) -> Template:
    """One version of a template, however old.

    Raises:
        TermsError: when the installation has no such version, or its text was altered.
    """
    name = f"{template_id}-{version}.toml"
    if name not in {entry.name for entry in files("clearcue").joinpath(FOLDER).iterdir()}:
        raise TermsError(f"this installation has no licence template {template_id} {version}")
    data = tomllib.loads(read_data(name).decode("utf-8"))
    text = _fill_marks(read_data(data["text"]).decode("utf-8"), data)
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if sha256 != data["text_sha256"]:
        raise TermsError(
            f"the text of the licence template {template_id} {version} has changed "
            f"(SHA-256 {sha256}); restore it, or give it a version of its own"
        )
    if set(_FIELD.findall(text)) != FIELDS[version.partition(".")[0]]:
        raise TermsError(f"the text of the template {template_id} {version} lacks a field")
    return Template(
        id=data["id"],
        version=data["version"],
        title=data["title"],
        status=data["status"],
        usages=tuple(data["usages"]),
        media=data["media"],
        term=data["term"],
        territory=data["territory"],
        performing_rights=data["performing_rights"],
        grant=data["grant"],
        limits=data["limits"],
        survival=data["survival"],
        ad_use=data.get("ad_use", ""),
        cut_downs=data.get("cut_downs", ""),
        text=text,
        sha256=sha256,
    )


def _fill_marks(text: str, data: Mapping[str, Any]) -> str:
    return _MARK.sub(lambda mark: str(data[mark.group(1)]), text)


def fill_fields(template: Template, values: Mapping[str, str]) -> str:
    """The template's text with every field filled; braces inside a value stay what they are.

    Raises:
        KeyError: when a field has no value.
    """
    return _FIELD.sub(lambda field: values[field.group(1)], template.text)
