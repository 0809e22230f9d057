"""`clearcue`: the command line.

Exit codes: 0 done, 1 failed or not verified, 2 bad usage or unreadable input, 3 near-duplicate.
With `--json` standard output holds one JSON object and nothing else. An error is one line on
standard error that says what to do.
"""

import sys
from io import TextIOWrapper

import click

from clearcue import __version__
from clearcue.cli.account import account
from clearcue.cli.browse import log
from clearcue.cli.checking import calibrate, check
from clearcue.cli.corpus import corpus
from clearcue.cli.following import log_cosign, log_export, log_monitor, log_witness
from clearcue.cli.keys import keys
from clearcue.cli.ledger import (
    corpus_prove,
    corpus_sets,
    corpus_train,
    corpus_used,
    corpus_withdraw,
    corpus_withdrawals,
)
from clearcue.cli.licence_desk import (
    licence_paid,
    licence_paper,
    licence_payments,
    licence_prices,
    licence_review,
    licence_templates,
    licence_which,
)
from clearcue.cli.licences import licence
from clearcue.cli.searching import log_search
from clearcue.cli.serving import serve, worker
from clearcue.cli.sources import sources
from clearcue.cli.status import licence_status
from clearcue.cli.styles import styles
from clearcue.cli.tracks import make
from clearcue.cli.verifying import verify
from clearcue.errors import ClearcueError
from clearcue_provenance.errors import ProvenanceError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="clearcue")
def cli() -> None:
    """Commercial music made to a brief, with a signed record and the evidence for every right."""


for command in (
    make,
    check,
    calibrate,
    sources,
    verify,
    serve,
    worker,
    corpus,
    log,
    licence,
    account,
    keys,
    styles,
):
    cli.add_command(command)
for command in (
    corpus_train,
    corpus_sets,
    corpus_prove,
    corpus_withdraw,
    corpus_withdrawals,
    corpus_used,
):
    corpus.add_command(command)
licence.add_command(licence_status)
for command in (log_search, log_monitor, log_witness, log_cosign, log_export):
    log.add_command(command)


for command in (
    licence_which,
    licence_templates,
    licence_review,
    licence_prices,
    licence_payments,
    licence_paid,
    licence_paper,
):
    licence.add_command(command)


def _in_one_line(error: click.ClickException) -> str:
    said = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{said}; see `{context.command_path} --help`" if context else said


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A name that the terminal's encoding lacks is escaped, and does not end the command.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        click.echo(f"clearcue: {_in_one_line(error)}", err=True)
        code = error.exit_code
    except click.Abort:
        click.echo("clearcue: stopped", err=True)
        code = 1
    except ClearcueError as error:
        click.echo(f"clearcue: {error}", err=True)
        code = error.exit_code
    except ProvenanceError as error:
        click.echo(f"clearcue: {error}", err=True)
        code = 1
    except BrokenPipeError:
        code = 0  # the reader of our output went away
    except OSError as error:
        click.echo(
            f"clearcue: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True
        )
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
