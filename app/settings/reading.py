"""Read settings from the environment and a settings file; every problem is reported at once."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import msgspec
from dotenv.parser import parse_stream

from app.settings.fields import checked, refusal
from app.settings.foreign import without_foreign
from app.settings.masking import hidden, masked_url
from app.settings.order_settings import OrderSettings
from app.settings.own_entry import lacking
from app.settings.settings import MISSING, PREFIX, ProviderSettings, Settings, SettingsError

# Names of version 0.1; each is read for this version still.
RENAMED = {
    "LEADRUN_INTERACTIVE_PATIENCE": "LEADRUN_PROVIDER_TIMEOUT_SECONDS",
    "LEADRUN_BULK_PATIENCE": "LEADRUN_BULK_PROVIDER_TIMEOUT_SECONDS",
    "LEADRUN_RUN_DEADLINE": "LEADRUN_RUN_TIMEOUT_SECONDS",
    "LEADRUN_BULK_DEADLINE": "LEADRUN_BULK_RUN_TIMEOUT_SECONDS",
    "LEADRUN_LOOKUP_WAIT": "LEADRUN_SYNC_WAIT_SECONDS",
    "LEADRUN_SWEEP_SECONDS": "LEADRUN_RECOVERY_SECONDS",
    "LEADRUN_MAX_CLAIMS": "LEADRUN_MAX_LEASES",
    "LEADRUN_RUNS_IN_FLIGHT": "LEADRUN_WORKER_CONCURRENCY",
    "LEADRUN_BATCH_WINDOW": "LEADRUN_BATCH_CONCURRENCY",
    "LEADRUN_WEBHOOK_TIMEOUT": "LEADRUN_WEBHOOK_TIMEOUT_SECONDS",
    "LEADRUN_WEBHOOK_PAYLOAD_DAYS": "LEADRUN_WEBHOOK_PAYLOAD_RETENTION_DAYS",
    "LEADRUN_WEBHOOK_TRY_DAYS": "LEADRUN_WEBHOOK_ATTEMPT_RETENTION_DAYS",
    "LEADRUN_WEBHOOKS_IN_FLIGHT": "LEADRUN_WEBHOOK_CONCURRENCY",
    "LEADRUN_WEBHOOKS_PER_HOST": "LEADRUN_WEBHOOK_CONCURRENCY_PER_HOST",
}
ENV_FILE = "LEADRUN_ENV_FILE"
DEFAULT_FILE = Path(".env")
# Variables of the quickstarts, of the clients, of compose.yaml, and the one that names the settings file.
NOT_SETTINGS = frozenset(
    {"LEADRUN_URL", "LEADRUN_KEY", "LEADRUN_API_KEY", "LEADRUN_PROFILE", "LEADRUN_CONFIG", "LEADRUN_VERSION", ENV_FILE}
)
FROM_ENVIRONMENT, FROM_OPTIONS = "environment", "command line"

_INHERITED = OrderSettings.__struct_fields__
# The inherited ones come last, for those who read them in this order.
FIELDS = {
    f"{PREFIX}{field.name.upper()}": field
    for field in sorted(msgspec.structs.fields(Settings), key=lambda field: field.name in _INHERITED)
    if field.name != "providers"
}
PARTS = {f.name.upper(): f for f in msgspec.structs.fields(ProviderSettings)}
_PROVIDER = re.compile(rf"{PREFIX}PROVIDER_(?P<slug>[A-Z0-9_]+?)_(?P<part>{'|'.join(PARTS)})\Z")
_ANY_PROVIDER = re.compile(rf"{PREFIX}PROVIDER_(?P<slug>[A-Z0-9]+)_(?P<part>\w+)\Z")


class LoadedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings and their origin.

    Attributes:
        environ: The environment with the variables of the settings file, under their present names.
        sources: Where the value of each variable comes from.
        problems: What cannot be read, a sentence each; these settings have their defaults.
        warnings: What is read, but should be changed.
    """

    settings: Settings
    environ: dict[str, str]
    sources: dict[str, str] = {}
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings of an environment.

    Raises:
        SettingsError: With every problem at once: unknown variables, wrong types, values out of range.
    """
    loaded = load_settings({**environ, ENV_FILE: ""})
    if loaded.problems:
        raise SettingsError(list(loaded.problems))
    return loaded.settings


def load_settings(
    environ: Mapping[str, str], env_file: Path | None = None, options: Mapping[str, str] | None = None
) -> LoadedSettings:
    """Read the settings of an environment and of a settings file, which the environment overrides.

    Args:
        environ: The environment; LEADRUN_ENV_FILE names the file, and an empty one none.
        env_file: The file; unless given, that of the environment or ``.env`` in the working directory.
        options: Variables of the command line, which override both.
    """
    named = environ.get(ENV_FILE)
    file = env_file or (DEFAULT_FILE if named is None else Path(named) if named else None)
    problems: list[str] = []
    warnings: list[str] = []
    merged, sources = dict(environ), dict[str, str]()
    if file and (env_file or named or (os.access(file, os.F_OK) and file.is_file())):  # is_file may raise alone
        texts = _present_names(_read_file(file, problems), str(file), warnings)
        merged |= texts
        sources |= dict.fromkeys(texts, str(file))
    own = _present_names(environ, FROM_ENVIRONMENT, warnings)
    merged = {name: text for name, text in merged.items() if name not in RENAMED} | own
    sources |= {name: FROM_ENVIRONMENT for name in own if name.startswith(PREFIX)}
    sources |= dict.fromkeys(options or {}, FROM_OPTIONS)
    merged |= {**(options or {}), ENV_FILE: ""}  # processes that inherit it read no file of their own
    settings = _settings(merged, sources, problems)
    return LoadedSettings(
        settings=settings,
        environ=without_foreign(merged),
        sources=sources,
        problems=tuple(problems),
        warnings=tuple(warnings),
    )


def missing(environ: Mapping[str, str], needed: Iterable[str]) -> list[str]:
    """List the variables that are needed and not set, a sentence each."""
    return [MISSING.format(name) for name in needed if not environ.get(name)]


def masked(settings: Settings) -> dict[str, object]:
    """Show the effective settings with every secret hidden."""
    shown = _masked(settings)
    shown["providers"] = {slug: _masked(vendor) for slug, vendor in settings.providers.items()}
    return shown


def masked_text(variable: str, text: str) -> str:
    """Show the text of a variable without secrets."""
    return _shown(text, _mask(variable))


def described(field: msgspec.structs.FieldInfo) -> msgspec.Meta:
    """Return what stands at a field of the settings: its description, and how it is read."""
    found = [meta for meta in get_args(field.type)[1:] if isinstance(meta, msgspec.Meta) and meta.description]
    if not found:
        raise TypeError(f'the setting {field.name} has no help text: write Annotated[type, setting("…")]')
    return found[0]


def _read_file(file: Path, problems: list[str]) -> dict[str, str]:
    """Read ``NAME=value`` lines (python-dotenv's grammar); nothing is expanded and nothing is executed."""
    try:
        bindings = list(parse_stream(StringIO(file.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(
            f"the settings file {file} cannot be read: {getattr(error, 'strerror', None) or 'save it as UTF-8'}"
        )
        return {}
    found = {}
    for binding in bindings:
        name = binding.key or ""
        if binding.error or (name.startswith(PREFIX) and binding.value is None):
            line = binding.original.line + len(binding.original.string) - len(binding.original.string.lstrip("\r\n"))
            problems.append(f"line {line} of {file} is not NAME=value, or a quote is not closed")
        elif name.startswith(PREFIX):
            found[name] = binding.value or ""
    return found


def _present_names(texts: Mapping[str, str], source: str, warnings: list[str]) -> dict[str, str]:
    found = dict(texts)
    for old, new in RENAMED.items():
        if old in found:
            text = found.pop(old)
            ignored = f", and ignored, as {new} is set" if new in found else " in this version only"
            warnings.append(f"{old} ({source}) is the old name of {new}; it is read{ignored}")
            found.setdefault(new, text)
    return found


def _settings(environ: Mapping[str, str], sources: Mapping[str, str], problems: list[str]) -> Settings:
    values: dict[str, Any] = {}
    vendors: dict[str, dict[str, Any]] = {}
    for variable in sorted(set(sources) - NOT_SETTINGS):
        text, vendor = environ[variable].strip(), _PROVIDER.match(variable)
        try:
            if variable in FIELDS:
                field = FIELDS[variable]
                values[field.name] = _value(text, field)
            elif vendor:
                slug = vendor["slug"].lower().replace("_", "-")
                parts = vendors.setdefault(slug, {})
                if text:
                    parts[vendor["part"].lower()] = _value(text, PARTS[vendor["part"]])
            else:
                problems.append(f"{variable} is not a setting of leadrun{_suggestion(variable)}")
        except (ValueError, msgspec.ValidationError) as error:
            where = "" if sources[variable] in {FROM_ENVIRONMENT, FROM_OPTIONS} else f" ({sources[variable]})"
            problems.append(f"{variable}={_refused(variable, text)}{where}: {refusal(error)}")
    made = {slug: ProviderSettings(**parts) for slug, parts in vendors.items()}
    settings = Settings(**values, providers=made)
    problems += lacking(settings)
    return settings


def _value(text: str, field: msgspec.structs.FieldInfo) -> object:
    if parse := (described(field).extra or {})["parse"]:
        return parse(text)
    # An empty text means that an optional setting is not set.
    optional = not text and type(None) in get_args(get_args(field.type)[0])
    return checked(msgspec.convert(None if optional else text, field.type, strict=False), field.name)


def _masked(settings: Settings | ProviderSettings) -> dict[str, object]:
    shown: dict[str, object] = {}
    for field in msgspec.structs.fields(type(settings)):
        value = getattr(settings, field.name)
        mask = (described(field).extra or {})["mask"] if field.name != "providers" else None
        shown[field.name] = _shown(str(value), mask) if isinstance(value, str | Path) else value
    return shown


def _shown(text: str, mask: Callable[[str], str] | None) -> str:
    if text and mask:
        return mask(text)
    return masked_url(text) if "://" in text else text


def _mask(variable: str) -> Callable[[str], str] | None:
    vendor = _PROVIDER.match(variable)
    field = FIELDS.get(variable) or (PARTS[vendor["part"]] if vendor else None)
    mask: Callable[[str], str] | None = (described(field).extra or {})["mask"] if field else hidden
    return mask


def _refused(variable: str, text: str) -> str:
    """Show a text that is refused; a malformed secret is hidden as a whole."""
    if _mask(variable):
        return "***"
    shown = _shown(text, None)
    return repr(text) if shown == text else shown


def _suggestion(variable: str) -> str:
    names = [name.removeprefix(PREFIX) for name in FIELDS]
    near = get_close_matches(variable.removeprefix(PREFIX), names, 1, 0.85)
    vendor = _ANY_PROVIDER.match(variable)
    if vendor and not near:
        near = [f"PROVIDER_{vendor['slug']}_{part}" for part in get_close_matches(vendor["part"], PARTS, 1, 0.5)]
    if near:
        return f"; did you mean {PREFIX}{near[0]}?"
    if vendor:
        return f"; a provider's setting ends in {', '.join(f'_{part}' for part in PARTS)}"
    return "; without it, `leadrun config` lists them all"
