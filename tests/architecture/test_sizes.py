"""Each room of the house has a bound, so that its growth is decided and not only noticed (docs/adr/0017-sizes.md)."""

from collections import Counter

from tests.architecture.tree import python_files, text_of

# Lines of Python, a tenth above what was there when the bound was set.
MOST = {
    "app": 1_600,
    "app/api": 8_800,
    "app/cli": 2_500,
    "app/dialects": 5_900,
    "app/domain": 11_800,
    "app/embedded": 2_500,
    "app/openid": 450,
    "app/providers": 6_100,
    "app/redis": 1_600,
    "app/sandbox": 900,
    "app/settings": 1_550,
    "app/store": 9_550,
    "app/usecases": 10_350,
    "app/web": 4_700,
    "webhooks": 1_600,
    "workers": 950,
}


def test_no_room_is_larger_than_was_decided() -> None:
    lines: Counter[str] = Counter()
    for name in python_files():
        top, *inner = name.split("/")
        if top in {"app", "webhooks", "workers"}:
            lines[f"{top}/{inner[0]}" if top == "app" and len(inner) > 1 else top] += text_of(name).count("\n")
    assert lines.keys() == MOST.keys()
    too_large = {room: f"{count} lines, at most {MOST[room]}" for room, count in lines.items() if count > MOST[room]}
    assert not too_large, f"leave something out, or raise the bound and say why: {too_large}"
