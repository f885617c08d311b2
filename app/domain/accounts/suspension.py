"""Suspension: an operator stops what an account may do; nothing of it is lost."""

from app.domain.errors import RequestError

MAX_REASON = 300


class AccountSuspendedError(RequestError):
    """The account is suspended: its keys do nothing, and its lists wait, until an operator resumes it."""

    code = "account-suspended"
    title = "Account suspended"

    def __init__(self, reason: str) -> None:
        """Write the sentence; the reason is the operator's, and may be empty."""
        super().__init__(suspension_sentence(reason))


def suspension_sentence(reason: str) -> str:
    """Write to people that their account is suspended, why, and what becomes of their work."""
    why = f": {reason.strip().rstrip('.')}" if reason.strip() else ""
    return (
        f"This account is suspended{why}. Its keys are refused and its lists wait; nothing is lost, and results "
        "that were under way still arrive. Ask the operator of this installation."
    )
