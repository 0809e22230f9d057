"""Pages for everybody: which licence is needed, is a track licensed, what is a licence now."""

import re
from contextlib import closing

from flask import render_template, request
from werkzeug.wrappers import Response

from clearcue.errors import BadInputError
from clearcue.licensing.advising import MAX_WORDS_CHARACTERS, advise
from clearcue.licensing.scope import territory_in_words
from clearcue.licensing.summary import summarise
from clearcue.services.advising import price_of
from clearcue.services.identifying import find_by_number, identify, normal_number
from clearcue.services.platform import Platform
from clearcue.services.stored import MissingError
from clearcue.web.patterns import NUMBER
from clearcue.web.session import visitor_of
from clearcue.web.settings import MAX_VERIFIED_BYTES, WebSettings
from clearcue.web.state import Shared
from clearcue.web.uploads import FORM_BYTES, held

Page = str | Response | tuple[str, int]


class DeskPages:
    """The views, on one platform."""

    def __init__(self, platform: Platform, settings: WebSettings, shared: Shared) -> None:
        self._platform, self._settings, self._shared = platform, settings, shared

    def which(self) -> Page:
        """Which licence is needed, from plain words."""
        said = request.args.get("said", "").strip()
        found, price, wrong = None, "", None
        if said:
            try:
                found = advise(said)
                price = price_of(self._platform, found)
            except BadInputError as error:
                wrong = str(error)
        page = render_template(
            "which.html",
            visitor=visitor_of(self._platform, request),
            said=said[:MAX_WORDS_CHARACTERS],
            longest=MAX_WORDS_CHARACTERS,
            found=found,
            price=price,
            where=territory_in_words(found.territory) if found else "",
            wrong=wrong,
        )
        return (page, 422) if wrong else page

    def check(self) -> Page:
        """The question whether a track is licensed."""
        return self._checked({})

    def check_file(self) -> Page:
        """The answer for a file."""
        request.max_content_length = MAX_VERIFIED_BYTES + FORM_BYTES
        upload, number = request.files.get("file"), request.form.get("number", "").strip()
        if upload is None or not upload.filename:
            return self._checked({"wrong": "choose a file to look for", "number": number}), 422
        with closing(upload), held(upload, self._shared, self._settings) as path:
            found = identify(self._platform, path, number or None)
        return self._checked(
            {"asked": upload.filename, "found": found, "number": number[:40],
             "own_number": normal_number(number) if number else ""}
        )  # fmt: skip

    def _checked(self, told: dict[str, object]) -> str:
        return render_template("check.html", visitor=visitor_of(self._platform, request), told=told)

    def status(self, number: str) -> Page:
        """What a licence is now, for whoever has its number."""
        known = re.fullmatch(NUMBER, normal_number(number), re.ASCII)
        found = find_by_number(self._platform, number) if known else None
        if found is None:
            raise MissingError("there is no licence of this number")
        return render_template(
            "status.html",
            visitor=visitor_of(self._platform, request),
            shown=found,
            summary=summarise(found.quoted),
        )
