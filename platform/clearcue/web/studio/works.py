"""The pages about works: what each may be used for and why, and "was my work used?"."""

from flask import render_template, request
from werkzeug.wrappers import Response

from clearcue.errors import BadInputError
from clearcue.services.browsing import list_works
from clearcue.services.platform import Platform
from clearcue.services.stored import MissingError, Organisation
from clearcue.services.tracing import Question, trace, trace_work
from clearcue.web.settings import WebSettings
from clearcue.web.state import Shared
from clearcue.web.uploads import MOST_BYTES, held, silent

Page = str | Response | tuple[str, int]


class WorkPages:
    """The views, on one platform."""

    def __init__(self, platform: Platform, settings: WebSettings, shared: Shared) -> None:
        self._platform, self._settings, self._shared = platform, settings, shared

    def search(self, visitor: Organisation) -> Page:
        """The question, and the answer by words of a title or by a file's hash."""
        asked = request.args.get("asked", "").strip()
        if not asked:
            return self._page(visitor, asked, None, None)
        is_digest = len(asked) == 64 and " " not in asked
        question = Question(sha256=asked) if is_digest else Question(title=asked)
        try:
            return self._page(
                visitor, asked, trace(self._platform, visitor, question, silent), None
            )
        except BadInputError as error:
            return self._page(visitor, asked, None, str(error)), 422

    def search_melody(self, visitor: Organisation) -> Page:
        """The answer by the melody of an uploaded score."""
        request.max_content_length = MOST_BYTES
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            return self._page(visitor, "", None, "choose a score to look for"), 422
        try:
            with held(upload, self._shared, self._settings) as path:
                with self._shared.loading:  # the corpus is read once, not twice at a time
                    self._platform.library.corpus(frozenset(), silent)
                answer = trace(self._platform, visitor, Question(score=path), silent)
        except BadInputError as error:
            return self._page(visitor, "", None, str(error)), 422
        return self._page(visitor, "", answer, None, upload.filename)

    def _page(
        self,
        visitor: Organisation,
        asked: str,
        answer: object,
        wrong: str | None,
        file_name: str | None = None,
    ) -> str:
        return render_template(
            "works.html",
            visitor=visitor,
            asked=asked,
            answer=answer,
            wrong=wrong,
            file_name=file_name,
            counts=list_works(self._platform)["counts"],
        )

    def work(self, visitor: Organisation, work_id: str) -> Page:
        """One work: its rights with their evidence, and all that was done with it."""
        try:
            told = trace_work(self._platform, visitor, work_id)
        except BadInputError as error:
            raise MissingError(str(error)) from error
        return render_template("work.html", visitor=visitor, work=told)
