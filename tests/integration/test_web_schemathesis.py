"""The service against its own OpenAPI document, by schemathesis with every check that it has."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from web_app import QUICK, made_job, small_platform
from werkzeug.serving import make_server

from clearcue.services.access import make_key
from clearcue.services.owner import ensure_owner
from clearcue.web.app import create_app, operations

EXAMPLES = "8"


def test_the_service_does_what_it_describes(repository_root: Path, tmp_path: Path) -> None:
    """Examples, coverage, fuzzing and chains of calls: no failure, no 5xx."""
    platform = small_platform(tmp_path / "home")
    owner = ensure_owner(platform)
    made_job(platform, owner, tmp_path / "work")
    key = make_key(platform, owner, "schemathesis").text
    server = make_server("127.0.0.1", 0, create_app(platform, QUICK), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "--config-file", repository_root / "schemathesis.toml",
                "run", f"http://127.0.0.1:{server.port}/openapi.json",
                "--header", f"Authorization: Bearer {key}",
                "--checks", "all", "--max-examples", EXAMPLES, "--generation-deterministic",
                "--warnings", "off", "--no-color",
            ],
            cwd=repository_root, env={**os.environ, "COLUMNS": "200"}, capture_output=True,
            text=True, check=False, timeout=400,
        )  # fmt: skip
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "❌" not in done.stdout
    assert f"{len(operations())} selected" in done.stdout
