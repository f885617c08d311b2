"""What answers instead of the API, such as the page of a proxy, is named by its words."""

import pytest

from leadrun import errors
from leadrun._exchange import Reply
from leadrun._json import json_of

PAGE = b'<!doctype html>\n<html><head><TITLE lang="en">\n Bad gateway </TITLE></head></html>'
XML = b"<Error><Code>AccessDenied</Code><title>no page</title></Error>"
NO_API = "not an answer of the API; is the URL that of a leadrun?"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(PAGE, f"a web page came (Bad gateway), {NO_API}", id="a title"),
        pytest.param(b"\xef\xbb\xbf" + PAGE, f"a web page came (Bad gateway), {NO_API}", id="a byte order mark"),
        pytest.param(b"<html></html>", f"a web page came, {NO_API}", id="no title"),
        pytest.param(b" <html><title> </title>", f"a web page came, {NO_API}", id="an empty title"),
        pytest.param(b"<html><title>&nbsp;</title>", f"a web page came, {NO_API}", id="a title of blanks"),
        pytest.param(
            b"<html><title>Ben &amp; Jo&#39;s</title>", f"a web page came (Ben & Jo's), {NO_API}", id="entities"
        ),
        pytest.param(
            b'<?xml version="1.0"?>\n<!DOCTYPE html\n PUBLIC "x"><html lang="en"><title>404</title>',
            f"a web page came (404), {NO_API}",
            id="XHTML",
        ),
        pytest.param(b"<!-- x -->\n<HTML></HTML>", f"a web page came, {NO_API}", id="a comment before"),
        pytest.param(XML, XML.decode(), id="an error in XML"),
        pytest.param(b" no healthy upstream\n", "no healthy upstream", id="no page"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_what_answers_instead_of_the_api_is_named(body: bytes, words: str | None) -> None:
    error = errors.error_of(404, body, request_id=None, retry_after=None)
    assert str(error) == f"404: {words or 'no reason given'}"
    with pytest.raises(errors.InvalidAnswerError) as told:
        json_of(Reply(status=200, headers={}, body=body))
    assert str(told.value) == f"The answer (200) is no JSON object: {words or 'it is empty'}"
