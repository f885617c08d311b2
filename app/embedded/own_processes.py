"""leadrun's own commands as child processes, and the checks that they are ready."""

import signal
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec

import app
from app.embedded.child_process import ChildProcess, Program

ANSWER_SECONDS = 3.0
WORKER_READY = "worker.ready"


class OwnProcesses(msgspec.Struct, frozen=True, kw_only=True):
    """The log directory and the environment of a data directory's commands.

    Attributes:
        data_dir: Keeps their logs in ``logs/``.
        environ: Their environment.
    """

    data_dir: Path
    environ: Mapping[str, str]

    def program(self, *arguments: str, name: str | None = None, environ: Mapping[str, str] | None = None) -> Program:
        """Describe ``leadrun <arguments>`` as a child.

        Args:
            arguments: Of the command.
            name: Of the child and its log; by default the first argument.
            environ: Variables for this child alone.
        """
        return self._module("app.cli.main", *arguments, name=name or arguments[0], environ=environ or {})

    def preparation(self) -> Program:
        """Describe the process that prepares the database and answers with `ReadyCredentials`."""
        return self._module("app.embedded.preparation", name="prepare", answers=True)

    def fork_server(self) -> Program:
        """Describe the process from which the others are forked."""
        program = self._module("app.embedded.forks.server", name="fork-server")
        # It has nothing to finish.
        return msgspec.structs.replace(program, module="", signals=(signal.SIGKILL,))

    def _module(
        self,
        module: str,
        *arguments: str,
        name: str,
        environ: Mapping[str, str] = MappingProxyType({}),
        answers: bool = False,
    ) -> Program:
        return Program(
            name=name,
            # -P: a directory `app` in the working directory is not ours.
            command=(sys.executable, "-P", "-m", module, *arguments),
            module=module,
            arguments=arguments,
            log=self.data_dir / "logs" / f"{name}.log",
            cwd=self.data_dir,
            env=self._environ() | dict(environ),
            answers=answers,
        )

    def _environ(self) -> dict[str, str]:
        return {**with_source(self.environ), "PYTHONUNBUFFERED": "1"}


def with_source(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which Python imports this installation, wherever it was started from."""
    source = str(Path(app.__file__).parent.parent)
    path = environ.get("PYTHONPATH")
    return {**environ, "PYTHONPATH": f"{source}:{path}" if path else source}


def api_ready(url: str) -> bool:
    """Check that the API reaches everything it needs."""
    return _get(f"{url}/health/ready") == HTTPStatus.OK


def key_is_known(url: str, key: str) -> bool:
    """Check that the API knows a key; an API that does not answer is no reason to make another key."""
    return _get(f"{url}/api/v1/credits", {"Authorization": f"Bearer {key}"}) != HTTPStatus.UNAUTHORIZED


def answers(url: str) -> bool:
    """Check that an HTTP server answers, with any status."""
    return _get(url) is not None


def worker_ready(worker: ChildProcess) -> bool:
    """Check that the worker has logged that it takes work."""
    return WORKER_READY in worker.log_text()


def _get(url: str, headers: Mapping[str, str] | None = None) -> int | None:
    """Return the status of a GET on this machine, without any proxy; None without an answer."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", address.path or "/", headers=dict(headers or {}))
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
