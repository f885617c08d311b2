"""Write the collection of requests for Postman, Insomnia, Bruno and newman, made from the specification."""

import json
from typing import Any

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
CAREFUL = "Careful: overwrites, rotates, stops or deletes"
_ABOUT = f"""\
Set `baseUrl` and `apiKey`, with a test key (`lm_test_…`, `ls_test_…`) to begin with: it costs nothing. Requests that
make something keep its id for those after them, so a folder can be run from its first request to its last. Run the
folders in their order; leave out the last one, «{CAREFUL}»."""
# Whose answer has the id that later requests need: the variable, and the member.
_KEPT = {
    "enrich": ("run_id", "runId"),
    "createBatch": ("batch_id", "id"),
    "createKey": ("key_id", "id"),
    "createEndpoint": ("endpoint_id", "id"),
    "testEndpoint": ("delivery_id", "id"),
}
_VARIABLES = tuple(name for name, _ in _KEPT.values())
# In place of examples that name nothing of the reader's own, or a time that will be too long ago, or of a company of
# which the sandbox knows nobody.
_MEMBERS = {
    "runId": "{{run_id}}",
    "endpointId": "{{endpoint_id}}",
    "since": "{{$isoTimestamp}}",
    "companyDomain": "initech.example",
}
_PATHS = {"name": "cheapest"}
# Sent as they stand, since with them the first look at a run shows its end; the rest wait to be ticked.
_TICKED = frozenset({"wait", "Prefer"})
# For vendors alone.
_LEFT_OUT = frozenset({"receiveCallback"})


def collection(document: dict[str, Any]) -> dict[str, Any]:
    """Return a collection (Postman's format 2.1) of the operations of a specification."""
    folders: dict[str, list[dict[str, Any]]] = {}
    careful = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] in _LEFT_OUT:
                continue
            item = _item(path, method.upper(), operation)
            if operation.get("x-leadrun-destructive"):
                careful.append(item)
            elif operation["operationId"] in _KEPT:
                made = folders.setdefault(operation["tags"][0], [])
                made.insert(sum(_keeps(one) for one in made), item)
            else:
                folders.setdefault(operation["tags"][0], []).append(item)
    return {
        "info": {"name": document["info"]["title"], "description": _ABOUT, "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{apiKey}}", "type": "string"}]},
        "variable": [
            {"key": "baseUrl", "value": document["servers"][0]["url"]},
            *({"key": name, "value": ""} for name in ("apiKey", *_VARIABLES)),
        ],
        "item": [{"name": name, "item": items} for name, items in (*folders.items(), (CAREFUL, careful))],
    }


def collection_json(document: dict[str, Any]) -> str:
    """Write the collection as it is kept in the repository."""
    return json.dumps(collection(document), indent=2, ensure_ascii=False) + "\n"


def _keeps(item: dict[str, Any]) -> bool:
    return len(item["event"][0]["script"]["exec"]) > 1


def _item(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    statuses = [int(status) for status in operation["responses"] if status < "300"]
    said = " or ".join(map(str, statuses))
    wanted = f"pm.test('answers {said}', () => pm.expect(pm.response.code).to.be.oneOf({statuses}));"
    variable, member = _KEPT.get(operation["operationId"], ("", ""))
    keep = [f"pm.collectionVariables.set('{variable}', pm.response.json().{member});"] if variable else []
    request: dict[str, Any] = {
        "method": method,
        "url": _url(path, operation["parameters"]),
        "header": _given(operation["parameters"], "header"),
        "description": operation["description"],
    }
    if not operation["security"]:
        request["auth"] = {"type": "noauth"}
    if body := operation.get("requestBody", {}).get("content", {}).get("application/json"):
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {
            "mode": "raw",
            "raw": json.dumps(_own(_example(body)), indent=2, ensure_ascii=False),
            "options": {"raw": {"language": "json"}},
        }
    return {
        "name": operation["summary"],
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": [wanted, *keep]}}],
        "request": request,
        "response": [],
    }


def _url(path: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [f":{part[1:-1]}" if part.startswith("{") else part for part in path.strip("/").split("/")]
    in_path = [one for one in parameters if one["in"] == "path"]
    query = _given(parameters, "query")
    url: dict[str, Any] = {"raw": "/".join(("{{baseUrl}}", *parts)), "host": ["{{baseUrl}}"], "path": parts}
    url |= {"variable": [_path_variable(one) for one in in_path]} if in_path else {}
    return url | ({"query": query} if query else {})


def _path_variable(parameter: dict[str, Any]) -> dict[str, Any]:
    name = parameter["name"]
    value = f"{{{{{name}}}}}" if name in _VARIABLES else _PATHS.get(name, parameter["example"])
    return {"key": name, "value": value, "description": parameter["description"]}


def _given(parameters: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    return [
        {
            "key": one["name"],
            "value": _text(one["example"]),
            "description": one["description"],
            **({} if one["name"] in _TICKED else {"disabled": True}),
        }
        for one in parameters
        if one["in"] == where
    ]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _example(body: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    return next(iter(body.get("examples", {"": {"value": {}}}).values()))["value"]


def _own(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return [_own(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _MEMBERS.get(name) or _own(one) for name, one in value.items()}
