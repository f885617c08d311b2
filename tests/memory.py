"""The memory of a process, searched for what must not be there."""

from pathlib import Path


def holds(pid: int, word: str) -> bool:
    """Whether a text stands anywhere in the memory that a process can write (Linux; for its parent or root)."""
    wanted = word.encode()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            where, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in where.split("-"))
            memory.seek(begin)
            try:
                if wanted in memory.read(end - begin):
                    return True
            except OSError:  # of a device
                continue
    return False
