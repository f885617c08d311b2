"""The role of a person in an account: what they may do there."""

from enum import StrEnum


class Role(StrEnum):
    """A member's role; each may do what those before it may."""

    VIEWER = "viewer"
    MEMBER = "member"
    OWNER = "owner"

    def may(self, needed: "Role") -> bool:
        """Return whether the role suffices where another is needed."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


DUTIES = {
    Role.VIEWER: "reads everything, changes nothing",
    Role.MEMBER: "looks up, uploads lists, manages keys and webhooks",
    Role.OWNER: "manages members and the account as well",
}
