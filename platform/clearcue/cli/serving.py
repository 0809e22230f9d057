"""`clearcue serve` and `clearcue worker`: the service, and what it consists of.

`serve` holds the port and starts two processes, web and worker. A worker that dies is started
again; when the web process dies, or `serve` is told to stop, everything ends. The children notice
by their standard input when `serve` itself is killed.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from types import FrameType

import click

from clearcue.bootstrap import open_platform
from clearcue.errors import BadInputError, ClearcueError
from clearcue.files import write_atomically
from clearcue.services.access import first_key
from clearcue.settings import read_settings

FIRST_KEY = "first-api-key"
POLL_SECONDS = 0.2
RESTART_SECONDS = 1.0
END_SECONDS = 20.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-worker", is_flag=True, help="Serve only; start `clearcue worker` elsewhere.")
def serve(host: str, port: int, no_worker: bool) -> None:
    """Serve the studio and the API, with a worker that makes the tracks."""
    settings = read_settings(os.environ)
    platform = open_platform(settings)
    with _listening(host, port) as listener:
        fresh = first_key(platform)
        if fresh is not None:
            path = settings.home / FIRST_KEY
            write_atomically(path, f"{fresh.text}\n".encode(), mode=0o600)
            click.echo(f"clearcue: your first API key lies in {path}", err=True)
        address = _address(listener)
        if fresh is not None and sys.stderr.isatty():  # never into a log
            click.echo(f"clearcue: open the studio with {address}/sign-in#{fresh.text}", err=True)
        click.echo(f"clearcue: serving on {address}", err=True)
        _supervise(listener, with_worker=not no_worker)


@click.command()
def worker() -> None:
    """Make the tracks that were ordered, until told to stop."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "clearcue.worker"])  # noqa: S606 - ourselves


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OSError as error:
            raise BadInputError(
                f"cannot listen on {host} port {port} ({error.strerror or error}); "
                "choose another with --port or --host"
            ) from error
        listener.set_inheritable(True)
        yield listener


def _start(module: str, arguments: Sequence[str], handed: Sequence[int]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        pass_fds=handed,
    )
    click.echo(f"clearcue: {module.split('.')[-1]} started, process {process.pid}", err=True)
    return process


def _start_worker() -> subprocess.Popen[bytes]:
    return _start("clearcue.worker", ["--supervised"], [])


def _supervise(listener: socket.socket, *, with_worker: bool) -> None:
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    web = _start("clearcue.web", [str(listener.fileno())], [listener.fileno()])
    maker = _start_worker() if with_worker else None
    try:
        while not stopping and web.poll() is None:
            time.sleep(POLL_SECONDS)
            if maker is not None and maker.poll() is not None and not stopping:
                click.echo(f"clearcue: the worker ended ({maker.returncode})", err=True)
                time.sleep(RESTART_SECONDS)
                maker = _start_worker()
    finally:
        _end([child for child in (web, maker) if child is not None])
    if not stopping:
        raise ClearcueError(f"the web process ended ({web.returncode}); its messages stand above")


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    for child in children:
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdin is not None:
            child.stdin.close()
