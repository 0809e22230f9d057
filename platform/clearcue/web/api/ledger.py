"""The rights ledger: training sets and their proofs, withdrawals, and "was my work used?"."""

import hashlib
from typing import Any

from flask import Response

from clearcue.services.stored import MissingError
from clearcue.services.tracing import Question, trace
from clearcue.services.training import (
    NotAMemberError,
    StatedSet,
    find_set,
    list_sets,
    member_list,
    prove,
    set_bundle,
)
from clearcue.services.withdrawing import Notice, list_notices, notice_bundle
from clearcue.web.files import serve_bytes
from clearcue.web.ledger_views import (
    NoticeList,
    NoticeView,
    SetDetail,
    SetList,
    SetSummary,
    TitleQuery,
    UseView,
)
from clearcue.web.operations import JSON, Answer, Call, Operation, Parameter, Upload
from clearcue.web.patterns import DIGEST, WORK_ID
from clearcue.web.render import as_json, moment
from clearcue.web.uploads import MOST_BYTES, held, silent

ROOT = Parameter("root", "A training set's root.", DIGEST, "5e" * 32)
WORK = Parameter("work_id", "A work's id.", WORK_ID, "music21:corelli/opus3no1/1grave", True)
NOTICE = Parameter("notice", "The SHA-256 of a withdrawal's envelope.", DIGEST, "5e" * 32)
FILE = Parameter("sha256", "The SHA-256 of a work's file.", DIGEST, "5e" * 32)


def _summary(found: StatedSet) -> dict[str, Any]:
    here = f"/v1/training-sets/{found.stored.digest}"
    links = {"self": here}
    if found.statement is not None:
        links |= {"statement": f"{here}/training-set.json", "members": f"{here}/members.json"}
    return {
        "digest": found.stored.digest,
        "policy": found.stored.policy,
        "works": len(found.stored.work_ids),
        "created_at": moment(found.stored.created_at),
        "statement": found.statement.digest if found.statement else None,
        "links": links,
    }


def list_all(call: Call) -> Response:
    """Every training set."""
    return as_json(SetList(items=[SetSummary(**_summary(f)) for f in list_sets(call.platform)]))


def show_set(call: Call) -> Response:
    """One training set."""
    found = find_set(call.platform, call.path["root"])
    return as_json(SetDetail(**_summary(found), work_ids=list(found.stored.work_ids)))


def _document(content: bytes, name: str) -> Response:
    return serve_bytes(content, hashlib.sha256(content).hexdigest(), JSON, name)


def fetch_statement(call: Call) -> Response:
    """A training set's signed statement with its proof."""
    return _document(set_bundle(call.platform, call.path["root"]), "training-set.json")


def fetch_members(call: Call) -> Response:
    """Every leaf of a training set."""
    return _document(member_list(call.platform, call.path["root"]), "members.json")


def fetch_proof(call: Call) -> Response:
    """The proof that a work stands in a training set."""
    try:
        content = prove(call.platform, call.path["work_id"], call.path["root"])
    except NotAMemberError as error:
        raise MissingError(str(error)) from error
    return _document(content, "membership.json")


def _notice(notice: Notice) -> NoticeView:
    return NoticeView(
        work=notice.work_id,
        title=notice.title,
        sha256=notice.sha256,
        by=notice.by,
        reason=notice.reason,
        withdrawn_at=notice.withdrawn_at,
        training_sets=list(notice.training_sets),
        notice=notice.digest,
        links={"notice": f"/v1/withdrawals/{notice.digest}"},
    )


def list_withdrawals(call: Call) -> Response:
    """Every withdrawal."""
    return as_json(NoticeList(items=[_notice(one) for one in list_notices(call.platform)]))


def fetch_notice(call: Call) -> Response:
    """A withdrawal's signed notice with its proof."""
    return _document(notice_bundle(call.platform, call.path["notice"]), "withdrawal.json")


def _answered(call: Call, question: Question) -> Response:
    return as_json(
        UseView.model_validate(trace(call.platform, call.organisation, question, silent))
    )


def find_by_title(call: Call) -> Response:
    """What was done with the works of a title."""
    query: TitleQuery = call.query
    return _answered(call, Question(title=query.title))


def find_by_hash(call: Call) -> Response:
    """What was done with the works of a file."""
    return _answered(call, Question(sha256=call.path["sha256"]))


def find_by_melody(call: Call) -> Response:
    """What was done with the works that an uploaded melody resembles."""
    with held(call.body["file"], call.shared, call.settings) as path:
        with call.shared.loading:  # the corpus is read once, not by two at the same time
            call.platform.library.corpus(frozenset(), silent)
        return _answered(call, Question(score=path))


OPERATIONS = (
    Operation(
        "GET", "/v1/training-sets", "listTrainingSets", "List the training sets, oldest first",
        "corpus", list_all, (Answer(200, "The training sets.", SetList),),
    ),
    Operation(
        "GET", "/v1/training-sets/{root}", "showTrainingSet",
        "Show which works a model learnt from", "corpus", show_set,
        (Answer(200, "The training set.", SetDetail),), (ROOT,),
    ),
    Operation(
        "GET", "/v1/training-sets/{root}/training-set.json", "fetchTrainingSet",
        "Fetch a training set's signed statement with its proof", "corpus", fetch_statement,
        (Answer(200, "training-set.json.", media_type=JSON),), (ROOT,),
    ),
    Operation(
        "GET", "/v1/training-sets/{root}/members.json", "fetchMembers",
        "Fetch every leaf of a training set, to compute its root", "corpus", fetch_members,
        (Answer(200, "members.json.", media_type=JSON),), (ROOT,),
    ),
    Operation(
        "GET", "/v1/training-sets/{root}/proofs/{work_id}", "fetchMembership",
        "Fetch the proof that a work stands in a training set", "corpus", fetch_proof,
        (Answer(200, "membership.json.", media_type=JSON),), (ROOT, WORK),
    ),
    Operation(
        "GET", "/v1/withdrawals", "listWithdrawals", "List the withdrawals, oldest first",
        "corpus", list_withdrawals, (Answer(200, "The withdrawals.", NoticeList),),
    ),
    Operation(
        "GET", "/v1/withdrawals/{notice}", "fetchWithdrawal",
        "Fetch a withdrawal's signed notice with its proof", "corpus", fetch_notice,
        (Answer(200, "withdrawal.json.", media_type=JSON),), (NOTICE,),
    ),
    Operation(
        "GET", "/v1/corpus/uses", "findUsesByTitle",
        "Was my work used? By the words of its title", "corpus", find_by_title,
        (Answer(200, "The works that fit, and what was done with them.", UseView),),
        query=TitleQuery,
    ),
    Operation(
        "GET", "/v1/corpus/uses/{sha256}", "findUsesByHash",
        "Was my work used? By its file's SHA-256", "corpus", find_by_hash,
        (Answer(200, "The works of that file, if any.", UseView),), (FILE,),
    ),
    Operation(
        "POST", "/v1/corpus/uses", "findUsesByMelody",
        "Was my work used? By a score (MIDI, MusicXML, ABC, kern)", "corpus", find_by_melody,
        (Answer(200, "The works that it resembles. Nothing of the upload is kept.", UseView),),
        upload=Upload((("file", "The score.", False, True),)),
        max_bytes=MOST_BYTES,
    ),
)  # fmt: skip
