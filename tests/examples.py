"""How many examples a property is tried on: few in each run, all in `make test-long`."""

import hypothesis

# Of the examples that are worth trying, each run draws so many; they are the same every time.
SHARE, FEWEST = 8, 12


def is_exploring() -> bool:
    """Whether new examples are drawn, and all of them."""
    return hypothesis.settings.get_current_profile_name() == "explore"


def examples(count: int) -> hypothesis.settings:
    """Return settings that try so many examples when the profile explores, and a share of them otherwise."""
    return hypothesis.settings(max_examples=count if is_exploring() else min(count, max(FEWEST, count // SHARE)))
