"""The fork server: a process that has imported leadrun and holds no secret; `leadrun up` forks its processes from it.

It is a new execution of Python with a small environment, as multiprocessing's "forkserver" is, and has one thread, no
event loop and no connection. A request comes as a file that it never reads itself: the forked process does, so that
no later one inherits the secrets of another. The forked process becomes a child of `leadrun up` before it runs.
"""

import ctypes
import gc
import os
import socket
import sys
import time
from importlib import import_module
from pathlib import Path

import msgspec
from setproctitle import getproctitle, setproctitle, setthreadtitle

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
READY = b"ready"
BEGUN = b"+"
PAUSE = 0.0005
# What processes run, and what libraries import when they begin to. By name, since the workers import this package.
IMPORTED = (
    "app.cli.main",
    "app.cli.run",
    "app.embedded.preparation",
    "app.front",
    "app.api.server",
    "app.sandbox.server",
    "workers.main",
    "anyio._backends._asyncio",
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.log",
    "celery.apps.worker",
    "celery.concurrency.thread",
    "celery.events",
    "celery.fixups.django",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer.delayed_delivery",
    "celery.worker.strategy",
    "litestar._kwargs",
    "litestar.exceptions.responses",
    "litestar.middleware._internal.exceptions",
    "litestar.middleware.allowed_hosts",
    "litestar.middleware.csrf",
    "litestar.middleware.response_cache",
    "uvicorn.lifespan.off",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.auto",
)


class ForkRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A module to run, as ``python -P -m module arguments`` would.

    Attributes:
        title: The command line that other processes see.
        environ: The whole environment, as bytes: variables of others may be in any encoding.
        parent: Process id of `leadrun up`.
        signal: Sent by the kernel when that ends.
    """

    module: str
    arguments: tuple[str, ...]
    title: str
    environ: dict[bytes, bytes]
    cwd: str
    parent: int
    signal: int


def main() -> None:
    """Import, then fork for each request, until `leadrun up` closes the socket that the argument names.

    Each forked process returns from the loop with its request, and runs it.
    """
    control = socket.socket(fileno=int(sys.argv[1]))
    getproctitle()  # finds the memory of the title, by the environment that the process began with
    gc.disable()
    for name in IMPORTED:
        import_module(name)
    # The handlers of the API and of the app.
    import_module("app.api.operations").operations()
    import_module("app.web.pages").pages()
    # A look for garbage would write to each object that processes share, and so end the sharing.
    gc.freeze()
    control.send(READY)
    if request := _forked(control):
        gc.enable()
        sys.argv = [request.module, *request.arguments]
        sys.exit(import_module(request.module).main())


def _forked(control: socket.socket) -> ForkRequest | None:
    """Return the request in each forked process; None in the fork server, once nobody can ask it any more."""
    while True:
        message, files, _, _ = socket.recv_fds(control, 1, 5)
        if not message:
            return None
        if os.fork() == 0:
            between = os.getpid()
            if pid := os.fork():
                os.write(files[-1], b"%d" % pid)
                os._exit(0)
            control.close()
            return _begin(files, between)
        for file in files:
            os.close(file)
        os.wait()


def _begin(files: list[int], between: int) -> ForkRequest:
    """Become the process that was asked for, and say that it has begun; its parent has said which one it is."""
    asked, *streams, tells = files
    with os.fdopen(asked, "rb") as file:
        request = msgspec.msgpack.decode(file.read(), type=ForkRequest)
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environb.clear()
    os.environb.update(request.environ)
    time.tzset()
    os.chdir(request.cwd)
    setproctitle(request.title)
    setthreadtitle(Path(sys.executable).name)  # as `ps -o comm` shows an executed one
    # Its parent has ended, so that it is adopted by `leadrun up`.
    while os.getppid() == between:
        time.sleep(PAUSE)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, request.signal, 0, 0, 0)
    if os.getppid() != request.parent:
        os._exit(1)
    os.write(tells, BEGUN)
    os.close(tells)
    return request


if __name__ == "__main__":
    main()
