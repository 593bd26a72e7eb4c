"""The commands as an operator runs them: processes of their own, passwords on standard input."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest

from crypto.binding import organisation
from crypto.ceremony import root_of_kit
from crypto.primitives import signing_public
from server import demo
from server.config import ConfigError, load_config
from server.wire import serialize_bytes
from tests.people import Counsellor, PublicDesk, Thread, Visitor
from tests.running import ROOT, Running, copy_founded, free_port

PASSWORD = "a lantern nobody has seen"
NEW_PASSWORD = "the other side of the lake"
INIT = ("init", "--desk", "exit", "--name", "Exit desk", "--country", "SE", "--login", "anna", "--working-name", "Anna")
ADD = ("counsellor", "add", "--desk", "exit", "--coordinator", "anna", "--login", "berit", "--working-name", "Berit")
START_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What an operator sees."""

    status: int
    output: str
    complaint: str


@dataclass(frozen=True)
class House:
    """A folder and the settings that point to it."""

    data: Path
    port: int
    console_port: int

    def run(self, *arguments: str, passwords: Sequence[str] = (), variables: Mapping[str, str] | None = None) -> Answer:
        """One command."""
        ran = subprocess.run(
            [sys.executable, "-m", "server", *arguments],
            cwd=ROOT,
            env={**self.variables(), **(variables or {})},
            input="".join(f"{password}\n" for password in passwords),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Answer(ran.returncode, ran.stdout, ran.stderr)

    def variables(self) -> dict[str, str]:
        """The environment of a command."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SLUSS_")}
        own = {
            "SLUSS_DATA": str(self.data),
            "SLUSS_PORT": str(self.port),
            "SLUSS_CONSOLE_PORT": str(self.console_port),
        }
        return {**inherited, **own}

    def files(self) -> Iterator[bytes]:
        """Every byte that lies there."""
        yield from (file.read_bytes() for file in self.data.rglob("*") if file.is_file())

    @contextmanager
    def serving(self) -> Iterator[None]:
        """`sluss serve` until the block ends."""
        command = [sys.executable, "-m", "server", "serve"]
        with subprocess.Popen(command, cwd=ROOT, env=self.variables(), stdout=subprocess.DEVNULL) as process:
            try:
                deadline = time.monotonic() + START_SECONDS
                while not self._answers():
                    assert process.poll() is None, "the server did not start"
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0

    def _answers(self) -> bool:
        with (
            suppress(URLError, OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.console_port}/healthz", timeout=1) as answer,
        ):
            return bool(answer.status == 200)
        return False


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty folder."""
    return House(tmp_path / "data", free_port(), free_port())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an organisation with its coordinator, to copy."""
    made = House(tmp_path_factory.mktemp("template") / "data", 1, 2)
    assert made.run(*INIT, passwords=(PASSWORD,)).status == 0
    return made.data


@pytest.fixture
def founded_house(house: House, template: Path) -> House:
    """An organisation with its coordinator."""
    shutil.copytree(template, house.data)
    return house


def one_sentence(answer: Answer) -> bool:
    """An operator's mistake: status 2, one line on standard error that ends with a full stop, nothing else."""
    lines = answer.complaint.splitlines()
    return answer.status == 2 and not answer.output and len(lines) == 1 and lines[0].endswith(".")


def test_init_prints_the_root_once_and_keeps_it_nowhere(house: House) -> None:
    """The kit gives the root that the pin is the fingerprint of; no file has it, and all are the owner's only."""
    answer = house.run(*INIT, passwords=(PASSWORD,))
    assert (answer.status, answer.complaint) == (0, "")
    lines = [line for line in answer.output.splitlines() if re.fullmatch(r"\d( [0-9a-f]{4})+", line)]
    seed = root_of_kit("\n".join(lines))
    org = organisation(signing_public(seed))
    assert re.fullmatch(serialize_bytes(org) + r"\.[0-9]+", answer.output.split()[-1])
    assert answer.output.count(lines[0]) == 1
    for raw in house.files():
        for trace in (seed, seed[:8], seed.hex().encode(), lines[0].encode(), PASSWORD.encode()):
            assert trace not in raw
    assert any(org in raw for raw in house.files())
    assert stat.S_IMODE(house.data.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (house.data / "keystore").iterdir()} == {0o600}
    again = house.run(*INIT, passwords=(PASSWORD,))
    assert one_sentence(again)
    assert "already" in again.complaint


async def test_a_counsellor_who_was_added_can_work(founded_house: House) -> None:
    """After `counsellor add` she signs in, unlocks the desk's key, takes a conversation and is introduced."""
    added = founded_house.run(*ADD, passwords=(PASSWORD, NEW_PASSWORD))
    assert (added.status, added.complaint) == (0, "")
    console = f"http://console.localhost:{founded_house.console_port}"
    with founded_house.serving():
        origin = f"http://127.0.0.1:{founded_house.port}"
        visitor = Visitor(await PublicDesk.fetch(origin, origin, "exit"), f"ws://127.0.0.1:{founded_house.port}")
        await visitor.dial()
        assert (await visitor.open())["t"] == "opened"
        await visitor.say("Is anybody there?")
        berit = Counsellor(f"http://127.0.0.1:{founded_house.console_port}", console, "berit", NEW_PASSWORD)
        wrong = Counsellor(berit.address, console, "berit", PASSWORD)
        assert (await wrong.sign_in()).status_code == 401
        assert (await berit.sign_in()).status_code == 204
        await berit.dial()
        thread = await berit.take(visitor.id)
        assert isinstance(thread, Thread)
        assert [message.text for message in await thread.hear()] == [b"Is anybody there?"]
        await thread.say("Yes.")
        heard = [*await visitor.hear(), *await visitor.hear()]
        assert heard[-1].author is not None
        assert (heard[-1].author.name, heard[-1].text) == ("Berit", b"Yes.")


def test_who_may_be_added_and_by_whom(founded_house: House) -> None:
    """A wrong password, an unknown coordinator or desk, a login that exists: one sentence each, and no account."""
    add = list(ADD)
    assert one_sentence(founded_house.run(*add, passwords=("not the right password", NEW_PASSWORD)))
    other = [*add[:5], "nobody", *add[6:]]
    assert one_sentence(founded_house.run(*other, passwords=(PASSWORD, NEW_PASSWORD)))
    assert founded_house.run(*add, passwords=(PASSWORD, NEW_PASSWORD)).status == 0
    again = founded_house.run(*add, passwords=(PASSWORD, NEW_PASSWORD))
    assert one_sentence(again)
    assert "already" in again.complaint
    third = [*add[:5], "berit", add[6], "carl", *add[8:]]
    assert one_sentence(founded_house.run(*third, passwords=(NEW_PASSWORD, "a third long password")))


@pytest.mark.parametrize("password", [demo.PEOPLE[0].password, "fourteen chars"])
def test_demo_passwords_and_short_ones_are_refused(house: House, password: str) -> None:
    """What everybody knows or guesses is no password, and nothing is founded."""
    assert one_sentence(house.run(*INIT, passwords=(password,)))
    assert not (house.data / "sluss.db").exists()


def test_demo_and_real_data_do_not_mix(founded: Path, founded_house: House, tmp_path: Path) -> None:
    """`serve` refuses the demo's folder, and `demo` refuses a real one."""
    running = copy_founded(founded, tmp_path / "demo")
    served = House(running.data, free_port(), free_port()).run("serve")
    assert one_sentence(served)
    assert "demo" in served.complaint
    shown = founded_house.run("demo")
    assert one_sentence(shown)
    assert "real" in shown.complaint


def test_nothing_is_served_before_it_is_founded(house: House) -> None:
    """The first command in an empty place says what to do."""
    answer = house.run("serve")
    assert one_sentence(answer)
    assert "sluss init" in answer.complaint


@pytest.mark.parametrize(
    "variables",
    [
        {"SLUSS_CONFIG": "/nonexistent"},
        {"SLUSS_DATABASE": "nonsense"},
        {"SLUSS_DATABASE": "postgresql+psycopg://nobody@127.0.0.1:1/x"},
    ],
    ids=lambda variables: " ".join(variables.values()),
)
def test_a_wrong_setting_stops_with_one_sentence(house: House, variables: dict[str, str]) -> None:
    """Nothing starts, nothing is written, status 2."""
    assert one_sentence(house.run("serve", variables=variables))
    assert not (house.data / "keystore").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("CONSOLE_PORT", "x"),
        ("ORIGIN", "http://chat.example"),
        ("ORIGIN", "https://chat.example/"),
        ("ORIGIN", "https://Chat.Example"),
        ("ORIGIN", "https://chat.example:443"),
        ("ORIGIN", "https://chat.example:99999"),
        ("ORIGIN", "https://somebody@chat.example"),
        ("ORIGIN", "https://"),
        ("ORIGIN", "http://["),
        ("CONSOLE_ORIGIN", "https://127.0.0.1:8443"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(name: str, value: str) -> None:
    """A port that is none, an origin that no browser sends, one host name for both: a sentence; good ones are taken."""
    with pytest.raises(ConfigError, match=r"^[^\n]+\.$"):
        load_config({f"SLUSS_{name}": value}, "var")
    good = {"SLUSS_ORIGIN": "https://chat.example", "SLUSS_CONSOLE_ORIGIN": "https://desk.example:8443"}
    assert load_config(good, "var").console_origin == "https://desk.example:8443"


@pytest.mark.parametrize(
    "text", ["port = ", "colour = 'red'", "limits = 3", "[limits]\nsockets = 0", "[limits]\nsocks = 1", "\xff"]
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    """No TOML, an unknown name, a limit that is none: a sentence; a variable wins over what a good file says."""
    file = tmp_path / "sluss.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"^[^\n]+\.$"):
        load_config({"SLUSS_CONFIG": str(file)}, "var")
    file.write_text("port = 9000\nconsole_port = 9001\n[limits]\nsockets = 5")
    config = load_config({"SLUSS_CONFIG": str(file), "SLUSS_PORT": "9002"}, "var")
    assert (config.port, config.console_port, config.limits.sockets) == (9002, 9001, 5)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--login", "l" * 65),
        ("--working-name", "å" * 33),
        ("--host-sites", "https://a.example; script-src *"),
    ],
)
def test_init_refuses_what_could_not_be_served(house: House, option: str, value: str) -> None:
    """A name that is too long, a site that is no origin: said before anything is made."""
    assert one_sentence(house.run(*INIT, option, value, passwords=(PASSWORD,)))
    assert not (house.data / "sluss.db").exists()


def test_a_taken_port_is_said(founded_house: House) -> None:
    """The second server on a port says so and leaves the first one alone."""
    with founded_house.serving():
        answer = founded_house.run("serve")
        assert one_sentence(answer)
        assert str(founded_house.port) in answer.complaint


def test_backup_and_restore(founded_house: House, tmp_path: Path) -> None:
    """A backup goes into a new file of the owner's, and back into an empty house once; else it is one sentence."""
    file = tmp_path / "backup.db"
    assert founded_house.run("backup", str(file)).status == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    assert one_sentence(founded_house.run("backup", str(file)))
    assert file.read_bytes() == before
    elsewhere = House(tmp_path / "elsewhere", founded_house.port, founded_house.console_port)
    assert one_sentence(elsewhere.run("backup", str(tmp_path / "other.db")))
    assert not (tmp_path / "other.db").exists()
    (tmp_path / "letter.txt").write_text("No database.")
    assert one_sentence(elsewhere.run("restore", str(tmp_path / "letter.txt")))
    assert elsewhere.run("restore", str(file)).status == 0
    assert one_sentence(elsewhere.run("restore", str(file)))


async def test_sweep_beside_a_server(server: Running) -> None:
    """`sluss sweep` says what it destroyed, takes what is due, and leaves a running conversation alone."""
    visitor = await server.visitor()
    await visitor.dial()
    await visitor.open()
    await visitor.say("one")
    house = House(server.data, server.port, server.console_port)
    assert house.run("sweep") == Answer(0, "Destroyed 0 keys and 0 frames.\n", "")
    assert (await visitor.say("two"))[0]["seq"] == 2


def test_a_missing_password_is_said(house: House) -> None:
    """Without anything on standard input a command stops with one sentence."""
    assert one_sentence(house.run(*INIT))
    assert not (house.data / "sluss.db").exists()
