"""The files of metrics that killed processes leave behind never cost the metrics of the others."""

import struct
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from app.metrics import ReadableFilesCollector

TORN = {
    "empty": b"",
    "two bytes": b"\x10\x00",
    "a length and nothing": struct.pack("i", 64),
    "a length beyond the file": struct.pack("i", 1 << 30) + bytes(4) + struct.pack("i", 24) + b"x" * 40,
    "a key beyond the file": struct.pack("i", 64) + bytes(4) + struct.pack("i", 1 << 20) + b"x" * 60,
    "a negative key": struct.pack("i", 64) + bytes(4) + struct.pack("i", -8) + b"x" * 60,
    "a key that is no JSON": struct.pack("i", 40) + bytes(4) + struct.pack("i", 12) + b"nonsense    " + bytes(16),
    "a key that is no text": struct.pack("i", 40) + bytes(4) + struct.pack("i", 12) + b"\xff" * 12 + bytes(16),
    "a key of another kind": struct.pack("i", 40) + bytes(4) + struct.pack("i", 12) + b"[1,2,3]     " + bytes(16),
    "zeros": bytes(1 << 16),
    "noise": bytes(range(256)) * 16,
}


def kept(folder: Path, pid: int) -> None:
    values = MmapedDict(str(folder / f"counter_{pid}.db"))  # type: ignore[no-untyped-call]
    values.write_value(mmap_key("runs", "runs_total", ["mode"], ["live"], "Runs."), 2.0, 0.0)  # type: ignore[no-untyped-call]
    values.close()  # type: ignore[no-untyped-call]


def shown(folder: Path) -> str:
    registry = CollectorRegistry()
    ReadableFilesCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(registry).decode()


@pytest.mark.parametrize("kind", ["counter", "histogram", "gauge_livesum", "gauge_mostrecent", "summary", "nonsense"])
def test_c19_a_torn_file_is_left_out(tmp_path: Path, kind: str) -> None:
    kept(tmp_path, 1)
    for number, torn in enumerate(TORN.values(), 100):
        (tmp_path / f"{kind}_{number}.db").write_bytes(torn)
    assert 'runs_total{mode="live"} 2.0' in shown(tmp_path)


def test_c19_a_file_that_is_cut_off_anywhere_is_left_out_or_read(tmp_path: Path) -> None:
    kept(tmp_path, 1)
    kept(tmp_path, 2)
    whole = (tmp_path / "counter_2.db").read_bytes()
    for size in range(0, 200, 3):
        (tmp_path / "counter_2.db").write_bytes(whole[:size])
        assert any(f'runs_total{{mode="live"}} {count}' in shown(tmp_path) for count in ("2.0", "4.0"))
    (tmp_path / "counter_2.db").write_bytes(whole)
    assert 'runs_total{mode="live"} 4.0' in shown(tmp_path)
    (tmp_path / "counter_2.db").unlink()
    (tmp_path / "counter_2.db").mkdir()
    assert 'runs_total{mode="live"} 2.0' in shown(tmp_path)
