"""Notify live pages of changes, by server-sent events (WHATWG HTML, section 9.2).

An event carries a mark of what is shown, and nothing of it: the page asks for its part again, as it does where it gets
no stream. So all that is read passes the doors, and a stream that outlives a right gives nothing away.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

from litestar import HttpMethod
from litestar.response import Stream

from app.domain.errors import RequestError
from app.web.frame.viewer import Viewer

# A browser comes back after so long.
RETRY_MILLISECONDS = 2000
# A browser has six connections to a host, and pages need some as well.
MOST_OF_SESSION = 4

Marks = AsyncIterator[str]


def follow(viewer: Viewer, marks: Marks) -> Stream:
    """Send each mark that differs from the one before; ends with them, with the session, and with the process.

    Raises:
        AccountLimitError: The account or the session follows as much as it may; its page then asks by itself.
    """
    if viewer.http.method != HttpMethod.HEAD:
        places = viewer.dependencies.places
        viewer.at_end(places.follow(viewer.account.id, viewer.session.session_id, MOST_OF_SESSION))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return Stream(_frames(viewer, marks), media_type="text/event-stream", headers=headers)


async def _frames(viewer: Viewer, marks: Marks) -> AsyncGenerator[bytes, None]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    now = asyncio.get_running_loop().time
    stopping = asyncio.ensure_future(viewer.dependencies.stopping.wait())
    upcoming = asyncio.ensure_future(_next(marks))
    checked, sent, check_seconds = now(), "", viewer.dependencies.check_seconds
    try:
        while True:
            left = max(0.0, checked + check_seconds - now())
            await asyncio.wait({upcoming, stopping}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                return
            if upcoming.done():
                mark = upcoming.result()
                if mark is None:
                    return
                if mark != sent:
                    sent = mark
                    yield f"data: {mark}\n\n".encode()
                upcoming = asyncio.ensure_future(_next(marks))
            if now() - checked >= check_seconds:
                if not await viewer.is_still_here():
                    return
                checked = now()
                yield b": still here\n\n"
    except RequestError:
        # The browser comes back, and the page asks by itself meanwhile.
        return
    finally:
        stopping.cancel()
        upcoming.cancel()
        with suppress(asyncio.CancelledError, RequestError):
            await upcoming


async def _next(marks: Marks) -> str | None:
    return await anext(marks, None)
