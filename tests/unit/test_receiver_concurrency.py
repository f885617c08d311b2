"""How many deliveries a receiver gets at once, by how it answers."""

import pytest

from app.domain.webhooks.receiver_concurrency import next_places
from tests.rows import each_row


@each_row(
    ("places", "seconds", "delivered", "taken", "after"),
    [
        pytest.param(4, 0.01, True, 4, 5, id="a quick answer earns one"),
        pytest.param(8, 0.5, True, 4, 9, id="half of them taken is enough"),
        pytest.param(8, 0.01, True, 3, 8, id="what is not used is not earned"),
        pytest.param(32, 0.01, True, 32, 32, id="eight times as many at most"),
        pytest.param(8, 0.6, True, 8, 8, id="neither quick nor slow"),
        pytest.param(32, 2.1, True, 32, 16, id="a slow answer halves them"),
        pytest.param(32, 0.01, False, 32, 16, id="a failure halves them"),
        pytest.param(4, 0.01, False, 4, 4, id="a quick failure takes back what was earned alone"),
        pytest.param(3, 0.01, False, 3, 3, id="and gives nothing"),
        pytest.param(3, 15.0, False, 3, 2, id="half of the start at least"),
        pytest.param(2, 1.0, True, 2, 3, id="back to the start by successes that are not slow"),
    ],
)
def test_places(places: int, seconds: float, *, delivered: bool, taken: int, after: int) -> None:
    assert next_places(places, 4, seconds, delivered=delivered, taken=taken) == after


def test_one_place_is_left_of_one() -> None:
    assert next_places(1, 1, 15.0, delivered=False, taken=1) == 1
