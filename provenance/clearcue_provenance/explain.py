"""A report in plain words: what was shown, what that means, and what it does not mean."""

from collections.abc import Iterator

from clearcue_provenance.verify import Report

_MEANS = {
    "trust root": "The file with the keys to believe can be used.",
    "bundle": "The bundle is whole: no byte of it can be changed without this being noticed.",
    "envelope": "The record was signed with a key that your trust root names for records, and "
    "not one letter of it was changed since.",
    "log proof": "The record stands in the public log, at a place that cannot be moved or removed "
    "without everybody noticing who kept an earlier state of the log.",
    "statement": "What the record says is complete and agrees with itself, and its key was allowed "
    "to sign at the time that it states.",
    "licence": "The licence belongs to this very record and was signed by the same keys.",
    "delivery": "The list of delivered files belongs to this very record.",
    "status": "Its licensor says, and signed, what the licence's state was at that moment.",
    "authorship": "The signed account of who or what made each element belongs to this record.",
    "record": "record.json is what was signed, byte for byte.",
    "audio samples": "The sound in the file is, sample for sample, the sound that was signed for.",
    "file": "The file is one that was signed for.",
    "membership": "The work stands in the training set that was signed for.",
}
_FAILS = {
    "trust root": "Get a fresh trust root from whoever gave you this one.",
    "bundle": "The bundle was changed, or damaged on its way: ask for it again.",
    "envelope": "Somebody else signed this, or it was changed after it was signed. Do not rely on "
    "it; ask whoever gave it to you where it comes from.",
    "log proof": "The proof does not show that the log holds this record. Ask for a fresh bundle; "
    "if that fails too, the record was not published.",
    "statement": "It is signed, but says something that such a record must not say, or was signed "
    "at a time when its key was not allowed to. Do not rely on it.",
    "licence": "This licence does not belong to this track, or is not genuine: it grants nothing.",
    "delivery": "This list of files does not belong to this track, or is not genuine.",
    "authorship": "This account of who made what does not belong to this track, or is not genuine.",
    "status": "This does not show whether the licence is still in force: ask for a fresh status.",
    "record": "record.json is not what was signed: take the one in the bundle.",
    "audio samples": "This is not the sound that was signed for: another version, cut, louder, or "
    "converted. Compare with the delivered WAV.",
    "file": "This file was not signed for. It may be somebody's edit; the licence may still cover "
    "it, which this cannot tell.",
    "membership": "It is not shown that the work stands in that training set.",
}


def explained(report: Report) -> Iterator[str]:
    """Lines of plain words for a report: each check once, then what nothing here can show."""
    yield ""
    seen: set[tuple[str, bool | None]] = set()
    for check in report.checks:
        key = (check.check, check.passed)
        if key in seen:
            continue
        seen.add(key)
        if check.passed is None:
            yield f"Not checked: {check.check}. Something that it depends on failed."
        else:
            yield (_MEANS if check.passed else _FAILS).get(check.check, check.message)
    if report.consistent and not report.signer_known:
        yield (
            "Everything agrees with itself, but nobody told this program whose signature to "
            "believe: get trust-root.json from the signer by a way that you trust."
        )
    if report.track:
        yield (
            f"The bundle is valid as of the moment at which the log had reached this state; what "
            f"came later, such as the end of a licence, it cannot know. The record is number "
            f"{report.track['log_index']} of the log {report.track['log_origin']}."
        )
    yield (
        "Not shown by this: that what the record says is true (it is the signer's word), that the "
        "licence covers your use, that copyright exists, or that nobody else has claims."
    )
