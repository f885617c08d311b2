"""Enriches many contacts: the idempotency key of each, what is known of it already, and which errors end the list."""

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from leadrun import _inputs
from leadrun._exchange import Policy, Steps
from leadrun._journal import Journal
from leadrun._operations import Operations
from leadrun._runs import FOREVER, R
from leadrun.errors import ApiError, InvalidContactError, InvalidRequestError, LeadrunError, NotFoundError

CONCURRENCY = 20
# A list outlives a restart of the server: with pauses of 8 seconds at most this is about two minutes.
PATIENT_RETRIES = 18


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[R]):
    """The outcome of one contact: its finished run, or the error why there is none.

    Attributes:
        index: The contact's place in the input, from 0.
        contact: As it was given.
        run: None where the contact could not be submitted.
        error: None where there is a run.
    """

    index: int
    contact: Mapping[str, Any]
    run: R | None = None
    error: LeadrunError | None = None

    @property
    def email(self) -> str | None:
        """The address that was found."""
        return self.run.email if self.run else None

    @property
    def result_status(self) -> str | None:
        """`found`, `not_found` or `error`; None where the contact has no run."""
        return self.run.result_status if self.run else None

    @property
    def phone(self) -> str | None:
        """The number that was found (E.164)."""
        return self.run.phone if self.run else None


class ContactList(Generic[R]):
    """A list of contacts under way. Iterating it gives the steps of one contact after the other."""

    def __init__(
        self,
        operations: Operations[R],
        contacts: Iterable[Mapping[str, Any]],
        options: Mapping[str, Any],
        resume: str | os.PathLike[str] | None,
    ) -> None:
        """Open the resume file.

        Raises:
            ResumeFileError: It cannot be used.
        """
        self._operations, self._contacts, self._options = operations, contacts, options
        self._journal = Journal(resume, fresh=bool(options.get("forceRefresh")))
        retries = max(operations.policy.max_retries, PATIENT_RETRIES)
        self._policy: Policy = dataclasses.replace(operations.policy, max_retries=retries)

    def __iter__(self) -> Iterator[Steps[Outcome[R]]]:
        """Give the steps of each contact, as they are asked for."""
        for index, contact in enumerate(self._contacts):
            yield self._one(index, contact)

    def close(self) -> None:
        """Close the resume file."""
        self._journal.close()

    def _one(self, index: int, contact: Mapping[str, Any]) -> Steps[Outcome[R]]:
        try:
            run = yield from self._run(index, contact)
        except LeadrunError as error:
            if not _of_contact(error):
                raise
            return Outcome(index=index, contact=contact, error=error)
        return Outcome(index=index, contact=contact, run=run)

    def _run(self, index: int, contact: Mapping[str, Any]) -> Steps[R]:
        body = _inputs.body_of(contact, self._options)
        key = _inputs.key_of("enrich_many", self._journal.salt, index, body)
        if (known := self._journal.ended(key)) is not None:
            return self._operations.run_of(known)
        run: R | None = None
        if run_id := self._journal.run_id(key):
            try:
                run = yield from self._operations.wait_until(run_id, FOREVER, self._policy)
            except NotFoundError:
                run = None  # it belongs to another key or server; the idempotency key decides
        if run is None:
            run = yield from self._operations.submit_body(body, key=key, deadline=FOREVER, policy=self._policy)
            if not run.ended:
                self._journal.note(key, run.run_id)
                run = yield from self._operations.wait_until(run.run_id, FOREVER, self._policy)
        self._journal.note(key, run.run_id, run.raw)
        return run


def _of_contact(error: LeadrunError) -> bool:
    """Return whether an error concerns one contact; any other would meet all that follow."""
    return isinstance(error, InvalidContactError) or (
        isinstance(error, InvalidRequestError | NotFoundError) and isinstance(error, ApiError)
    )
