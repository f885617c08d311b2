"""Static files: one stylesheet, one script with htmx in front, and the icon; each path changes with its content."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

import msgspec

import app.web
from app.content_codings import compress

FOREVER = "public, max-age=31536000, immutable"
PREFIX = "/app/static"
_FOLDER = Path(app.web.__file__).parent


class StaticFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is served.

    Attributes:
        path: With a digest of the content, so that browsers may keep it forever.
        bodies: By content coding.
    """

    path: str
    media_type: str
    bodies: Mapping[str, bytes]


def load_static_files() -> dict[str, StaticFile]:
    """Read the files by short name: those of the whole app first, then those of single subjects."""
    return {
        "app.css": _made("app.css", _joined("css"), "text/css; charset=utf-8"),
        # One file: a first page asks for three more, which is its budget.
        "app.js": _made("app.js", _htmx() + b"\n" + _joined("js"), "text/javascript; charset=utf-8"),
        "icon.svg": _made("icon.svg", (_FOLDER / "static" / "icon.svg").read_bytes(), "image/svg+xml"),
    }


def _joined(ending: str) -> bytes:
    """Join the files of a kind, `static/` first, each folder by name."""
    files = sorted(_FOLDER.rglob(f"*.{ending}"), key=lambda file: (file.parent.name != "static", str(file)))
    return b"\n".join(file.read_bytes() for file in files)


def _htmx() -> bytes:
    # Read as a file: to import the package imports Django, which is not there.
    return Path(str(distribution("django-js-lib-htmx").locate_file("js_lib_htmx/static/htmx/htmx.min.js"))).read_bytes()


def _made(name: str, body: bytes, media_type: str) -> StaticFile:
    digest = hashlib.sha256(body).hexdigest()[:12]
    return StaticFile(path=f"{PREFIX}/{digest}/{name}", media_type=media_type, bodies=compress(body))
