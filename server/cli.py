"""`sluss`: init, serve, demo, counsellor add, backup, restore, sweep. The only file that may run a key ceremony."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import uvloop
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError

from crypto.ceremony import paper_kit
from crypto.failure import CryptoError
from server import app, demo
from server.ceremonies import Ground, Vouching, enrol, found
from server.config import Config, ConfigError, load_config, parse_origin
from server.demo import Person
from server.model.desk import COUNTRIES, LANGUAGES, Desk
from server.model.refusal import Code, Refusal
from server.services import retention
from server.storage import desks as desk_rows
from server.storage.backup import NotEmpty, restore_backup, write_backup
from server.storage.database import open_database, truncate_log, upgrade
from server.storage.keystore import Keystore
from server.transports.trouble import configure_logging

PASSWORD_FLOOR = 15
"""Characters, where a password is the only factor (NIST SP 800-63B-4)."""
DESK_NAME_LIMIT = 80
PERSON_NAME_LIMIT = 64
"""Bytes of a login and of a working name: what a member statement holds (crypto/README.md)."""
ENROLMENT = {
    Code.UNKNOWN: "There is no such desk with such a coordinator here.",
    Code.CONFLICT: "There is an account with this login already.",
}
random = secrets.token_bytes


def main() -> None:
    """Run one command; what an operator did wrong is told in one sentence, exit status 2."""
    arguments = _parser().parse_args()
    configure_logging()
    try:
        arguments.run(arguments)
    except ConfigError as failure:
        sys.exit(_complain(str(failure)))
    except NotEmpty:
        sys.exit(_complain("The database is not empty; a backup is restored into a new one."))
    except (ArgumentError, DBAPIError, ModuleNotFoundError):
        sys.exit(_complain("The database cannot be opened, or is none of Sluss's; check the setting database."))
    except OSError as failure:
        sys.exit(_complain(f"{failure.filename}: {failure.strerror}."))
    except EOFError:
        sys.exit(_complain("A password is missing on standard input."))
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(sentence: str) -> int:
    print(f"sluss: {sentence}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("sluss", description="Anonymous chat counselling.")
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("demo", help="found a demo organisation and serve it").set_defaults(run=_demo)
    commands.add_parser("serve", help="serve visitors and consoles").set_defaults(run=_serve)
    commands.add_parser("sweep", help="shred what is due").set_defaults(run=_sweep)
    init = commands.add_parser("init", help="make an organisation, its first desk and its coordinator")
    init.set_defaults(run=_init)
    init.add_argument("--desk", required=True, help="short name of the desk in addresses: a-z, 0-9, -")
    init.add_argument("--name", required=True, help="name of the desk as visitors read it")
    init.add_argument("--country", required=True, choices=COUNTRIES)
    init.add_argument("--languages", nargs="+", default=list(LANGUAGES), choices=LANGUAGES)
    init.add_argument("--host-sites", nargs="*", default=[], help="origins whose pages may show the chat")
    init.add_argument("--retention-days", type=int, default=1)
    _add_person(init)
    counsellor = commands.add_parser("counsellor", help="accounts").add_subparsers(required=True, metavar="action")
    add = counsellor.add_parser("add", help="add a counsellor; asks for a coordinator's password and the new one")
    add.set_defaults(run=_counsellor_add)
    add.add_argument("--desk", required=True)
    add.add_argument("--coordinator", required=True, help="login of the coordinator who vouches")
    _add_person(add)
    backup = commands.add_parser("backup", help="copy the database, never the keystore, into a new file")
    backup.set_defaults(run=_backup)
    backup.add_argument("file", type=Path)
    restore = commands.add_parser("restore", help="fill an empty database from a backup")
    restore.set_defaults(run=_restore)
    restore.add_argument("file", type=Path)
    return parser


def _add_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--login", required=True)
    parser.add_argument("--working-name", required=True, help="what visitors read; need not be a real name")


def _serve(_arguments: argparse.Namespace) -> None:
    config = _config()
    _run(config, demonstrate=False, ready=lambda: _tell_addresses(config))


def _demo(_arguments: argparse.Namespace) -> None:
    config = _config("var/demo")
    found_demo(config)

    def ready() -> None:
        print(f"Host page on another site   http://localhost:{config.port}/demo")
        _tell_addresses(config)
        for person in demo.PEOPLE:
            print(f"  {person.login:<13} {person.password}")
        started = os.environ.get("SLUSS_STARTED")
        if started:
            print(
                f"Ready after {time.time() - float(started):.1f} s. Stop with Ctrl-C; everything lies in {config.data}."
            )

    _run(config, demonstrate=True, ready=ready)


def _tell_addresses(config: Config) -> None:
    print(f"Visitors                    {config.origin}/")
    print(f"Console                     {config.console_origin}/desk", flush=True)


def _run(config: Config, *, demonstrate: bool, ready: Callable[[], None]) -> None:
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    listeners = [app.listen(config.host, port) for port in (config.port, config.console_port)]

    async def run() -> None:
        async with app.open_house(config, demo=demonstrate) as house:
            ready()
            await app.serve(house, listeners)

    uvloop.run(run())


def _init(arguments: argparse.Namespace) -> None:
    config = _config()
    if not re.fullmatch(r"[a-z0-9-]{1,40}", arguments.desk):
        raise ConfigError("The desk's short name may have only a-z, 0-9 and -.")
    if not 1 <= len(arguments.name) <= DESK_NAME_LIMIT:
        raise ConfigError(f"The desk's name has 1 to {DESK_NAME_LIMIT} characters.")
    if arguments.retention_days < 1:
        raise ConfigError("A conversation is kept for one day at least after it was closed.")
    for site in arguments.host_sites:
        parse_origin("host-sites", site)
    _check_person(arguments)
    desk = Desk(
        random(16),
        arguments.desk,
        arguments.name,
        arguments.country,
        tuple(arguments.languages),
        tuple(arguments.host_sites),
        arguments.retention_days,
    )
    person = Person(arguments.login, _new_password("coordinator"), arguments.working_name, "coordinator")
    engine, keystore = _ground(config)
    with engine.begin() as connection:
        try:
            root = found(Ground(connection, keystore, random, _today()), desk, [person], demo=False)
        except Refusal:
            raise ConfigError("There is an organisation here already.") from None
    print("The organisation's root, for paper. It is shown once and kept nowhere:\n")
    print(paper_kit(root.seed))
    print(f"\nPin for the embed snippet (data-root) and posters:\n\n{root.pin.serialize()}\n")


def _check_person(arguments: argparse.Namespace) -> None:
    for what, value in (("login", arguments.login), ("working name", arguments.working_name)):
        if not 1 <= len(value.encode()) <= PERSON_NAME_LIMIT or not value.isprintable():
            raise ConfigError(f"A {what} has 1 to {PERSON_NAME_LIMIT} bytes, all of them printable.")


def _counsellor_add(arguments: argparse.Namespace) -> None:
    config = _config()
    _check_person(arguments)
    engine, keystore = _ground(config)
    password = getpass.getpass(f"Password of {arguments.coordinator}: ") if sys.stdin.isatty() else input()
    newcomer = Person(arguments.login, _new_password(arguments.login), arguments.working_name, "counsellor")
    vouching = Vouching(arguments.desk, arguments.coordinator, password, newcomer)
    with engine.begin() as connection:
        try:
            enrol(Ground(connection, keystore, random, _today()), vouching)
        except CryptoError:
            raise ConfigError("The coordinator's password does not open the coordinator's keys.") from None
        except Refusal as refusal:
            raise ConfigError(ENROLMENT[refusal.code]) from None
    print(f"{arguments.login} can sign in at {config.console_origin}/desk.")


def found_demo(config: Config) -> None:
    """Make the demo organisation in the configured folder unless it is there and its keys still count."""
    engine, keystore = _ground(config)
    with engine.connect() as connection:
        installation = desk_rows.find_installation(connection)
        desk = desk_rows.find_desk(connection, demo.SLUG)
        epochs = [] if desk is None else desk_rows.epochs_of(connection, desk.id)
    if installation is not None and epochs and _today() <= epochs[0].until:
        return
    if installation is not None:
        if not installation.demo:
            raise ConfigError("This is real data; the demo needs a SLUSS_DATA of its own.")
        print("The demo's keys have run out; starting anew.")
        keystore.close()
        engine.dispose()
        shutil.rmtree(config.keystore)
        for file in config.data.glob("sluss.db*"):
            file.unlink()
        engine, keystore = _ground(config)
    sites = (f"http://localhost:{config.port}",)
    desk = Desk(random(16), demo.SLUG, demo.NAME, demo.COUNTRY, LANGUAGES, sites, demo.RETENTION_DAYS)
    with engine.begin() as connection:
        found(Ground(connection, keystore, random, _today()), desk, demo.PEOPLE, demo=True)
    keystore.close()
    engine.dispose()


def _new_password(who: str) -> str:
    password = getpass.getpass(f"New password of {who}: ") if sys.stdin.isatty() else input()
    if password in demo.PASSWORDS:
        raise ConfigError("This is a password of the demo, which everybody knows.")
    if len(password) < PASSWORD_FLOOR:
        raise ConfigError(f"A password has at least {PASSWORD_FLOOR} characters.")
    return password


def _backup(arguments: argparse.Namespace) -> None:
    if arguments.file.exists():
        raise ConfigError("The backup's file is there already.")
    config = _config()
    engine, _keystore = _ground(config)
    with engine.connect() as connection:
        if desk_rows.find_installation(connection) is None:
            raise ConfigError("There is no organisation here, and nothing to copy.")
    rows = write_backup(config.database, arguments.file)
    print(f"{rows} rows copied. The keystore is not in it, so that nothing in it opens elsewhere.")


def _restore(arguments: argparse.Namespace) -> None:
    if not arguments.file.exists():
        raise ConfigError("There is no such backup.")
    config = _config()
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    print(f"{restore_backup(arguments.file, config.database)} rows restored.")


def _sweep(_arguments: argparse.Namespace) -> None:
    config = _config()
    engine, keystore = _ground(config)

    def run(work: Callable[[Connection], object]) -> object:
        with engine.begin() as connection:
            return work(connection)

    gone = retention.sweep(run, keystore, int(time.time()))
    truncate_log(engine)
    print(f"Destroyed {gone.keys} keys and {gone.frames} frames.")


def _config(data: str = "var/sluss") -> Config:
    return load_config(os.environ, data)


def _ground(config: Config) -> tuple[Engine, Keystore]:
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_database(config.database)
    upgrade(engine)
    return engine, Keystore(config.keystore, random)


def _today() -> int:
    return int(time.time()) // 86_400
