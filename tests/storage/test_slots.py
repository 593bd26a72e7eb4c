"""The slot file forgets for good, survives torn writes, and is shared by processes."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from server.storage.slots import CHECK, ID, SlotFile

SIZE = 32
SLOT = ID + SIZE + CHECK
ELSEWHERE = """
import sys
from pathlib import Path
from server.storage.slots import SlotFile
slots = SlotFile(Path(sys.argv[1]), 32)
"""
PUT_MANY = ELSEWHERE + "for n in range(100): slots.put([(sys.argv[2].encode() + n.to_bytes(8), bytes(31) + b'1')])"
PUT_FOREVER = (
    ELSEWHERE
    + """
print(flush=True)
while True:
    for value in (b'a' * 32, b'b' * 32):
        slots.put([(b'0123456789abcdef', value)])
"""
)


def draw(count: int) -> list[tuple[bytes, bytes]]:
    """Random names and values."""
    return [(secrets.token_bytes(ID), secrets.token_bytes(SIZE)) for _ in range(count)]


def elsewhere(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Run a program in a process of its own."""
    return subprocess.Popen([sys.executable, "-c", program, *arguments])


def test_a_value_is_on_disk_and_destroyed_bytes_are_not(tmp_path: Path) -> None:
    """A stored value can be read from the file at once; a destroyed one is zeros there, its neighbours stay."""
    path = tmp_path / "slots"
    slots, ((gone, value), (stays, neighbour)) = SlotFile(path, SIZE), draw(2)
    slots.put([(gone, value), (stays, neighbour)])
    assert value in path.read_bytes()
    assert slots.destroy([gone]) == 1
    assert slots.destroy([gone]) == 0
    raw = path.read_bytes()
    assert value not in raw
    assert gone not in raw
    assert raw[SLOT : 2 * SLOT] == bytes(SLOT)
    assert (slots.get(gone), slots.get(stays)) == (None, neighbour)
    slots.close()
    again = SlotFile(path, SIZE)
    assert (again.get(gone), again.get(stays)) == (None, neighbour)
    again.close()


def test_an_overwritten_value_leaves_no_copy(tmp_path: Path) -> None:
    """A value under a name that is there takes the old one's place."""
    path = tmp_path / "slots"
    slots, [(name, before)] = SlotFile(path, SIZE), draw(1)
    slots.put([(name, before)])
    slots.put([(name, bytes(SIZE))])
    assert slots.get(name) == bytes(SIZE)
    assert before not in path.read_bytes()
    assert path.stat().st_size == 2 * SLOT
    slots.close()


def test_places_are_used_again(tmp_path: Path) -> None:
    """The file does not grow while destroyed places are left, also after it was opened anew."""
    path = tmp_path / "slots"
    slots, first = SlotFile(path, SIZE), draw(10)
    slots.put(first)
    size = path.stat().st_size
    slots.destroy(name for name, _value in first[:5])
    slots.put(draw(3))
    slots.close()
    slots = SlotFile(path, SIZE)
    second = draw(2)
    slots.put(second)
    assert path.stat().st_size == size
    slots.put(draw(1))
    assert path.stat().st_size == size + SLOT
    assert all(slots.get(name) == value for name, value in first[5:] + second)
    slots.close()


@pytest.mark.parametrize("cut", [1, ID, ID + SIZE, SLOT - 1])
def test_a_torn_slot_is_free(tmp_path: Path, cut: int) -> None:
    """A slot that was written in part counts as free, and what is stored next takes its place."""
    path = tmp_path / "slots"
    slots, [whole, torn] = SlotFile(path, SIZE), draw(2)
    slots.put([whole, torn])
    slots.close()
    raw = path.read_bytes()
    path.write_bytes(raw[: 2 * SLOT + cut])
    slots = SlotFile(path, SIZE)
    assert (slots.get(whole[0]), slots.get(torn[0])) == (whole[1], None)
    assert slots.names() == [whole[0]]
    slots.put(draw(1))
    assert path.stat().st_size == len(raw)
    slots.close()


def test_a_slot_of_another_size_is_refused(tmp_path: Path) -> None:
    """A value that is too short is a bug, and the file still takes good ones."""
    slots, [(name, value)] = SlotFile(tmp_path / "slots", SIZE), draw(1)
    with pytest.raises(ValueError, match="size"):
        slots.put([(name, value[1:])])
    slots.put([(name, value)])
    assert slots.get(name) == value
    slots.close()


def test_processes_see_each_other(tmp_path: Path) -> None:
    """What another process stores or destroys is seen after a refresh, and two at once lose nothing."""
    path = tmp_path / "slots"
    slots, [(mine, value)] = SlotFile(path, SIZE), draw(1)
    slots.put([(mine, value)])
    others = [elsewhere(PUT_MANY, str(path), name) for name in ("8 bytes.", "8 again.")]
    for number in range(100):
        slots.put([(b"of mine." + number.to_bytes(8), value)])
    assert [other.wait(30) for other in others] == [0, 0]
    slots.refresh()
    assert len(slots.names()) == 301
    assert slots.get(b"8 again." + (99).to_bytes(8)) == bytes(31) + b"1"
    program = ELSEWHERE + f"assert slots.destroy([{mine!r}]) == 1"
    assert elsewhere(program, str(path)).wait(30) == 0
    assert slots.get(mine) == value
    slots.refresh()
    assert slots.get(mine) is None
    assert len(slots.names()) == 300
    slots.close()


def test_a_killed_process_harms_no_neighbour(tmp_path: Path) -> None:
    """A process that is killed while it writes gives its lock back and leaves every other slot whole."""
    path = tmp_path / "slots"
    slots, kept = SlotFile(path, SIZE), draw(20)
    slots.put(kept)
    for _ in range(3):
        command = [sys.executable, "-c", PUT_FOREVER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            writer.kill()
        slots.put(draw(1))
    slots.close()
    slots = SlotFile(path, SIZE)
    assert all(slots.get(name) == value for name, value in kept)
    slots.close()


def test_readers_never_miss_a_value_that_is_there(tmp_path: Path) -> None:
    """While another process's change is read in, no thread finds a stored value missing."""
    path = tmp_path / "slots"
    mine, other = SlotFile(path, SIZE), SlotFile(path, SIZE)
    values = draw(2_000)
    mine.put(values)
    missed: set[bytes] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            missed.update(name for name, value in values[:10] if mine.get(name) != value)

    reader = threading.Thread(target=read)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    reader.start()
    try:
        for one in draw(20):
            other.put([one])
            mine.refresh()
    finally:
        stop.set()
        reader.join()
        sys.setswitchinterval(before)
    assert missed == set()
    mine.close()
    other.close()


def test_the_file_is_nobody_elses(tmp_path: Path) -> None:
    """The file can be read by its owner only."""
    SlotFile(tmp_path / "slots", SIZE).close()
    assert (tmp_path / "slots").stat().st_mode & 0o777 == 0o600
