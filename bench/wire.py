"""The requests that loads send: HTTP/1.1 as text, with one ``%s`` where each differs from the next."""

import msgspec

CONTACT = {"firstName": "Jane", "lastName": "Doe", "companyDomain": "company-%s.example", "enrichmentType": "email"}
# Every request's number has as many digits, so that they are of one length.
NUMBER_WIDTH = 9


def submission(port: int, key: str, *, providers: tuple[str, ...] = (), **members: str) -> str:
    """Write a POST of a contact whose company is numbered; the number stands for a person."""
    named = {"providers": providers} if providers else {}
    body = msgspec.json.encode({**CONTACT, **named, **members}).decode()
    length = len(body.encode()) - len("%s") + NUMBER_WIDTH
    head = ("Content-Type: application/json", f"Content-Length: {length}")
    return _request("POST /api/v1/enrich", port, key, *head) + body


def reading(port: int, key: str) -> str:
    """Write a GET of a run, whose id takes the place."""
    return _request("GET /api/v1/enrich/%s", port, key)


def numbered(number: int) -> str:
    """Return a number in the form of the requests."""
    return f"{number:0{NUMBER_WIDTH}d}"


def plain(port: int) -> str:
    """Write a GET that never differs; the number is in a query that the server ignores."""
    return f"GET /?n=%s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"


def bare_submission(port: int, path: str) -> str:
    """Write a POST of the same contact to another stack, without a key."""
    body = msgspec.json.encode(CONTACT).decode()
    length = len(body.encode()) - len("%s") + NUMBER_WIDTH
    head = f"Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    return f"POST {path} HTTP/1.1\r\n{head}{body}"


def bare_reading(port: int, path: str) -> str:
    """Write a GET without a key; an id takes the place of ``%s``."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"


def _request(line: str, port: int, key: str, *head: str) -> str:
    fields = (f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {key}", "Accept: application/json", *head)
    return f"{line} HTTP/1.1\r\n" + "".join(f"{field}\r\n" for field in fields) + "\r\n"
