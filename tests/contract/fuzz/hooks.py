"""Hooks of the fuzzer: each adds what the specification says in words, what no schema can say, or no tool know.

Nothing of the service is imported, only its committed specification read: the fuzzer knows what a client knows.
"""

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

from tests.contract.fuzz import patterns, uploads
from tests.contract.fuzz.refinements import refine

Case = schemathesis.Case[Any]
PUBLISHED = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_bytes())
refine(PUBLISHED)
ROW = jsonschema.Draft202012Validator(
    {"$ref": "#/components/schemas/BatchContact", "components": PUBLISHED["components"]}
)
BATCHES = ("/api/v1/batches", "/api/v1/batches/preview", "/api/v1/quotes")
RUNS = "/api/v1/enrich"
# Members that are refused for what only the service knows.
UNKNOWABLE = {
    "/api/v1/usage": {"since", "until"},
    "/api/v1/statistics/providers": {"since", "until"},
    "/api/v1/statistics/quotes": {"since"},
    "/api/v1/runs/{run_id}/feedback": {"outcome"},
    "/api/v1/simulations": {"waterfall"},  # either of two members
    **{path: {"quote_id", "stop_at_quote"} for path in BATCHES},
    "/api/v1/waterfalls/{name}": {""},  # of a name that is ours
}
# They name bad rows, and refuse nothing for them.
TELLING = frozenset(BATCHES[1:])
DOCUMENTS = ("/api/v1/openapi.json", "/api/v1/openapi-3.0.json")
KEY, LONGEST = "Idempotency-Key", 255
KEYS, NO_KEY = "/api/v1/keys/", "01a1fffb-5d10-7c2b-9e83-6a5b4c3d2e1f"
_SAYS_NOTHING = ("stands for no value", "has no name in it")
ABSENT: tuple[object, ...] = (None, False, "", "false")


@schemathesis.hook("before_load_schema")
def make_requests_exact(_context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Draw only values that the sentences of the specification allow."""
    refine(raw_schema)


@schemathesis.hook("before_call")
def use_a_key_for_one_request(_context: schemathesis.HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """Make the key of a request its own: the tool likes a few of them, and another body under the same one is a 422.

    Equal requests keep equal keys, so that answers are replayed; a key that is tried for its own sake stays.
    """
    if not case.meta or KEY not in case.headers or case.meta.is_negative_at(ParameterLocation.HEADER):
        return
    if case.meta.phase.data.parameter != KEY:
        request = repr((case.path, case.query, case.media_type, case.body))
        digest = hashlib.sha256(request.encode(errors="surrogatepass")).hexdigest()[:16]
        case.headers[KEY] = f"{digest}{case.headers[KEY]}"[:LONGEST].rstrip()


@schemathesis.hook("before_call")
def spare_the_keys(_context: schemathesis.HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """Change, rotate and revoke no key that there is: it may be the one that the fuzzer uses."""
    if case.path.startswith(KEYS) and case.method != "GET" and "key_id" in (case.path_parameters or {}):
        case.path_parameters["key_id"] = NO_KEY


@schemathesis.hook("before_call")
def refuse_bad_rows(_context: schemathesis.HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """Send a wrong batch as a strict one: otherwise a bad row is named, and does not stop the good ones with it."""
    if case.path not in BATCHES or not case.meta or not case.meta.generation.mode.is_negative:
        return
    # What is wrong about `strict` itself stays.
    if case.query.get("strict") in ABSENT:
        case.query["strict"] = True
    if isinstance(case.body, dict) and case.body.get("strict", True) in ABSENT:
        case.body["strict"] = True


@schemathesis.hook
def filter_failure(
    _context: schemathesis.HookContext, failure: Failure, case: Case, response: schemathesis.Response
) -> bool:
    """Keep every failure but those that the specification cannot rule out, each of which is looked at closely."""
    if isinstance(failure, RejectedPositiveData):
        if _names_nobody(response):
            return False
        # How two times stand to each other no schema knows, nor what a run has found, nor which names are taken.
        if case.path in UNKNOWABLE and response.status_code == 400:
            return {problem["field"] for problem in response.json()["errors"]} - UNKNOWABLE[case.path] != set()
        # How old a time is no schema knows.
        return response.status_code != 422 or response.json()["type"] != "/errors/recovery-too-old"
    if isinstance(failure, AcceptedNegativeData):
        return not (_is_told(case, response) or _only_text(case, response) or _only_blanks(case) or _is_old_copy(case))
    if isinstance(failure, EnsureResourceAvailability):
        return not _is_of_a_job(case, response)
    return True


def _is_told(case: Case, response: schemathesis.Response) -> bool:
    """Whether a preview or a quote names what is wrong as a bad row, which is what it is asked for."""
    return case.path in TELLING and response.status_code == 200 and response.json()["rejected"] > 0


def _is_old_copy(case: Case) -> bool:
    """Whether nothing is wrong but a tag that is longer than ours: it is one of another copy, and refuses nothing."""
    wrong = {place for place, made in case.meta.components.items() if made.mode.is_negative} if case.meta else set()
    return case.path in DOCUMENTS and wrong == {ParameterLocation.HEADER}


def _names_nobody(response: schemathesis.Response) -> bool:
    """Whether a contact was refused because its texts say nothing, as ``N/A`` does: no schema knows such words."""
    if response.status_code != 400:
        return False
    problems = response.json().get("errors", [])
    return bool(problems) and all(one["message"].endswith(_SAYS_NOTHING) for one in problems)


def _only_blanks(case: Case) -> bool:
    """Whether nothing is wrong with a body but blank texts, which count as absent whatever the type of the member."""
    if not isinstance(case.body, dict) or case.media_type != "application/json" or not case.meta:
        return False
    wrong = {place for place, made in case.meta.components.items() if made.mode.is_negative}
    content = PUBLISHED["paths"][case.path][case.method.lower()]["requestBody"]["content"]
    schema = content["application/json"]["schema"] | {"components": PUBLISHED["components"]}
    right = jsonschema.Draft202012Validator(schema).is_valid(_without_blanks(case.body))
    return wrong == {ParameterLocation.BODY} and right


def _without_blanks(value: object) -> object:
    if isinstance(value, list):
        return [_without_blanks(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_blanks(one)
        for name, one in value.items()
        if not (isinstance(one, str) and re.search(patterns.BLANK_OR_EMPTY, one))
    }


def _is_of_a_job(case: Case, response: schemathesis.Response) -> bool:
    """Whether the attempts or events of a job were asked for: runs have them, and jobs are made at the same path."""
    path, _, rest = case.path.partition("/{run_id}")
    if path != RUNS or rest not in {"/attempts", "/events"}:
        return False
    origin = urlsplit(str(response.request.url))
    url = f"{origin.scheme}://{origin.netloc}{RUNS}/{case.path_parameters['run_id']}"
    shown = httpx.get(url, headers={"authorization": response.request.headers["authorization"]})
    return shown.status_code == 200 and "progress" in shown.json()


def _only_text(case: Case, response: schemathesis.Response) -> bool:
    """Whether nothing is wrong but rows, and these are right as the text that was sent."""
    if case.media_type not in uploads.MEDIA or not case.meta or not isinstance(response.request.body, bytes):
        return False
    wrong = {place for place, made in case.meta.components.items() if made.mode.is_negative}
    if wrong != {ParameterLocation.BODY}:
        return False
    try:
        rows = uploads.read_back(case.media_type, response.request.body)
    except (ValueError, csv.Error):
        return False
    return bool(rows) and all(map(ROW.is_valid, rows))
