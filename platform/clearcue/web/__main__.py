"""The web process: gunicorn with threads, so that an open stream keeps nobody waiting.

Started by `clearcue serve` as `python -m clearcue.web FD`: the number of a listening socket that is
handed over, so that nobody else can take the port in between. It ends when its standard input does,
which is when whoever started it is gone.
"""

import logging
import os
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from clearcue.bootstrap import open_platform
from clearcue.lifeline import end_with_parent
from clearcue.settings import read_settings
from clearcue.web.app import create_app
from clearcue.web.settings import THREADS, WebSettings, processes


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with our settings and nothing from files or its own environment variables."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take the options as they are."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The app, made in each process after the fork: no connection crosses it."""
        return create_app(open_platform(read_settings(os.environ)), WebSettings())


def main() -> None:
    """Serve until told to stop."""
    logging.basicConfig(format="clearcue web: %(message)s", level=logging.WARNING)
    end_with_parent()
    Server(
        {
            "bind": f"fd://{int(sys.argv[1])}",
            "workers": processes(os.environ),
            "worker_class": "gthread",
            "threads": THREADS,
            "worker_connections": 200,
            "graceful_timeout": 5,
            "timeout": 120,
            "keepalive": 5,
            "limit_request_line": 4094,
            "limit_request_fields": 64,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "clearcue-web",
            "control_socket_disable": True,
        }
    ).run()


if __name__ == "__main__":
    main()
