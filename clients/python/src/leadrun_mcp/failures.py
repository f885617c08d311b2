"""Say what failed, and what an assistant can do about it."""

from collections.abc import Iterable

from pydantic import ValidationError

from leadrun import errors

MOST_FAULTS = 10


class RefusedCallError(errors.LeadrunError):
    """A call of a tool that is not carried out; nothing was spent."""


def sentence(error: errors.LeadrunError) -> str:
    """Say what an error means for the call of a tool."""
    if isinstance(error, errors.ApiError):
        return _lines(_of_answer(error), (f"{one.field or 'request'}: {one.message}" for one in error.errors))
    if not isinstance(error, errors.NoAnswerError):
        return str(error)
    if error.sent:
        again = "What was submitted may have been accepted; the same call again finds it and is not charged twice."
        return f"No answer came from leadrun ({error}). {again}"
    return f"leadrun cannot be reached ({error}). Nothing was submitted; check the URL, and that it runs."


def _of_answer(error: errors.ApiError) -> str:
    meaning, remedy = "", ""
    match error:
        case errors.AuthenticationError():
            meaning, remedy = "The API key is not accepted", "Ask the user for a valid one (leadrun login)."
        case errors.PermissionDeniedError():
            meaning, remedy = "This key may not do that", "Ask the user for a key that may."
        case errors.CapReachedError():
            meaning, remedy = "Nothing was charged", "Look fewer people up, or ask the user for a higher cap."
        case errors.NotEnoughCreditsError():
            meaning, remedy = "Nothing was charged", "Look fewer people up, or ask the user for more credits."
        case errors.RateLimitedError():
            meaning, remedy = "Nothing was charged", f"Call again in {error.retry_after or 60:.0f} seconds."
        case errors.NotFoundError():
            meaning = "There is nothing with this id for this key"
        case errors.OutcomeUnknownError():
            remedy = "The same call again finds out, and is not charged twice."
        case errors.UnavailableError():
            meaning, remedy = "Nothing was charged", f"Call again in {error.retry_after or 10:.0f} seconds."
    return " ".join(filter(None, [f"{meaning}: {error.detail}" if meaning else error.detail, remedy]))


def faults(error: ValidationError, known: Iterable[str]) -> str:
    """Say which arguments are wrong."""
    said = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(map(str, fault["loc"])) or "arguments"
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            message = f"there is no such argument; known are {', '.join(known)}"
        said.append(f"{place[:100]}: {message}")
    return _lines("The arguments are wrong, and nothing was done.", said)


def _lines(head: str, details: Iterable[str]) -> str:
    listed = list(details)
    more = [f"and {len(listed) - MOST_FAULTS} more"] if len(listed) > MOST_FAULTS else []
    return "\n".join([head, *(f"- {one}" for one in [*listed[:MOST_FAULTS], *more])])
