"""`clearcue corpus train|sets|prove|withdraw|withdrawals|used`: the rights ledger."""

from pathlib import Path
from typing import Any

import click

from clearcue.cli.output import platform, print_json, progress
from clearcue.files import write_atomically
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.tracing import Question, affected_json, file_sha256, trace
from clearcue.services.training import list_sets, make_model, member_list, prove, set_bundle
from clearcue.services.withdrawing import find_affected, list_notices, notice_bundle, withdraw

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_OUT_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("train")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the set's signed statement and the list of its works into this folder.",
)
@_JSON
def corpus_train(out: Path | None, as_json: bool) -> None:
    """Make model and fingerprints from the works that may be learnt from.

    The training set is signed and logged, once for each set. The first track of a set does the same
    by itself.
    """
    wired = platform()
    with progress(as_json) as tell:
        made = make_model(wired, tell)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        root = made["training_set"]
        write_atomically(out / "training-set.json", set_bundle(wired, root))
        write_atomically(out / "members.json", member_list(wired, root))
    if as_json:
        print_json(made)
        return
    stated = "signed and logged now" if made["fresh"] else "signed and logged before"
    click.echo(f"training set {made['training_set']}: {made['works']} works, {stated}")
    click.echo(f"policy {made['policy']} {made['policy_version']}, {made['engine_version']}")
    for work in made["withdrawn"]:
        click.echo(f"without {work}, which was withdrawn")
    click.echo(f"statement {made['statement']}, leaf {made['log_index']} of the log")
    click.echo(f"model {made['model_sha256']}")
    click.echo(f"fingerprints {made['index_sha256']}")


@click.command("sets")
@_JSON
def corpus_sets(as_json: bool) -> None:
    """List the training sets, oldest first."""
    sets = [
        {
            "digest": found.stored.digest,
            "policy": found.stored.policy,
            "works": len(found.stored.work_ids),
            "created_at": found.stored.created_at.isoformat(),
            "statement": found.statement.digest if found.statement else None,
        }
        for found in list_sets(platform())
    ]
    if as_json:
        print_json({"training_sets": sets})
        return
    for one in sets:
        signed = one["statement"] or "from before sets were signed"
        click.echo(f"{one['digest']}  {one['works']} works, policy {one['policy']}  {signed}")


@click.command("prove")
@click.argument("work_id")
@click.option("--out", type=_OUT_FILE, required=True, help="The file to write, membership.json.")
@click.option("--set", "digest", help="A training set's root; the newest that holds the work.")
@_JSON
def corpus_prove(work_id: str, out: Path, digest: str | None, as_json: bool) -> None:
    """Write the proof that a work stands in a training set.

    `clearcue-verify FILE` checks it offline, with the trust root alone.
    """
    content = prove(platform(), work_id, digest)
    write_atomically(out, content)
    if as_json:
        print_json({"work": work_id, "file": str(out), "bytes": len(content)})
        return
    click.echo(f"the proof lies in {out}; check it with `clearcue-verify {out}`")


@click.command("withdraw")
@click.argument("work_id")
@click.option("--who", required=True, help="Who withdraws it; stands in the public notice.")
@click.option("--why", required=True, help="The reason; stands in the public notice.")
@click.option("--out", type=_OUT_FILE, help="Write the signed notice there, withdrawal.json.")
@_JSON
def corpus_withdraw(work_id: str, who: str, why: str, out: Path | None, as_json: bool) -> None:
    """Withdraw a work: no new track learns from it, and who did is found.

    A signed notice is logged. The next track trains a model without the work; from then on a seed
    may give other music than before. Tracks and licences from before stay as they are, flagged.
    """
    wired = platform()
    owner = ensure_owner(wired)
    done = withdraw(wired, work_id, who, why)
    told = _withdrawn(wired, done.notice.digest, done.fresh, work_id)
    told |= affected_json(wired, find_affected(wired, owner, work_id))
    if out is not None:
        write_atomically(out, notice_bundle(wired, done.notice.digest))
    if as_json:
        print_json(told)
        return
    if not done.fresh:
        click.echo(f"{work_id} was withdrawn before, at {done.notice.withdrawn_at}")
    else:
        click.echo(f"{work_id} is withdrawn; the notice is logged: {done.notice.digest}")
    _tell_affected(told)
    if told["training_sets"]:
        click.echo(
            "the next track trains a model without it; a seed may give other music from then on"
        )
        click.echo("tracks and licences from before stay as they are, and are flagged")
    else:
        click.echo("no model ever learnt from it")


def _withdrawn(wired: Platform, digest: str, fresh: bool, work_id: str) -> dict[str, Any]:
    (notice,) = (one for one in list_notices(wired) if one.digest == digest)
    return {
        "work": work_id,
        "title": notice.title,
        "by": notice.by,
        "reason": notice.reason,
        "withdrawn_at": notice.withdrawn_at,
        "notice": digest,
        "fresh": fresh,
    }


def _tell_affected(told: dict[str, Any]) -> None:
    for one in told["training_sets"]:
        click.echo(f"  training set {one['digest']}: {one['works']} works, policy {one['policy']}")
    for track in told["tracks"]:
        near = "" if track["similarity"] is None else f", nearest similarity {track['similarity']}"
        learnt = "" if track["learnt"] else ", compared only"
        click.echo(
            f"  track {track['track_id']}  {track['title']}: "
            f"influence {track['percent']:g} %{near}{learnt}"
        )
    for licence in told["licences"]:
        click.echo(f"  licence {licence['number']} on track {licence['track_id']}: keeps its terms")
    others = told["others"]
    if others["tracks"]:
        click.echo(
            f"  and of other organisations: {others['tracks']} tracks, {others['influenced']} of "
            f"them influenced, and {others['licences']} licences"
        )


@click.command("withdrawals")
@_JSON
def corpus_withdrawals(as_json: bool) -> None:
    """List the withdrawn works, oldest first."""
    notices = [
        {
            "work": one.work_id,
            "title": one.title,
            "by": one.by,
            "reason": one.reason,
            "withdrawn_at": one.withdrawn_at,
            "notice": one.digest,
        }
        for one in list_notices(platform())
    ]
    if as_json:
        print_json({"withdrawals": notices})
        return
    for one in notices:
        click.echo(f"{one['withdrawn_at']}  {one['work']}  by {one['by']}: {one['reason']}")


@click.command("used")
@click.option("--title", help="Words of the title, the composer's name or the id.")
@click.option("--sha256", help="The SHA-256 of the work's file.")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="The work's file.")
@click.option(
    "--melody",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A score to compare: MIDI, MusicXML, ABC or Humdrum kern.",
)
@_JSON
def corpus_used(
    title: str | None, sha256: str | None, file: Path | None, melody: Path | None, as_json: bool
) -> None:
    """Was my work used? By title, by file or its hash, or by melody.

    Says which works fit, under which evidence they may be learnt from or not, which training sets
    hold them, and which tracks they influenced, by what share, or came near them.
    """
    if sum(value is not None for value in (title, sha256, file, melody)) != 1:
        raise click.UsageError("give one of --title, --sha256, --file and --melody")
    wired = platform()
    asked = Question(title, sha256 or (file_sha256(file) if file else None), melody)
    with progress(as_json) as tell:
        answer = trace(wired, ensure_owner(wired), asked, tell)
    if as_json:
        print_json(answer)
        return
    _tell_uses(answer)


def _tell_uses(answer: dict[str, Any]) -> None:
    click.echo(f"{answer['found']} of {answer['searched']['works']} works fit")
    for work in answer["works"]:
        click.echo(f"{work['title']} ({work['id']}), {work['verdict']}")
        for one in work.get("passages", ()):
            click.echo(f"  {one['verdict']}: similarity {one['similarity']}")
        for entry in work["evidence"]:
            click.echo(
                f"  evidence: “{entry['quote']}” ({entry['where']}, read {entry['read_on']})"
            )
        learnt = "learnt from" if work["learnt_from"] else "not learnt from"
        click.echo(f"  now {learnt}" + "".join(f"; {reason}" for reason in work["reasons"]))
        _tell_affected(work)
    if answer["found"] > len(answer["works"]):
        click.echo(f"and {answer['found'] - len(answer['works'])} more; ask more narrowly")
    near = answer.get("tracks_near")
    if near is not None:
        for one in near["own"]:
            click.echo(f"near your track {one['work']}  {one['title']}: {one['similarity']}")
        click.echo(f"near tracks of other organisations: {near['others']}")
