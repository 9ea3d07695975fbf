"""Runs dbt commands, each in a process of its own, forked from one that has parsed the project already.

Standard input: a first line {"warm_up": {…}}, then one request a line; standard output: one exit code a line.
A request is {"arguments": […], "directory": …, "environment": {…}, "output": file for stdout and stderr}.

Each command starts from a parse that was kept (dbt's --partial-parse-file-path), and dbt itself compares
every file with it. Otherwise a command spends most of its time on reading a parse, and each change of --vars
or of the schema parses the whole project twice: there, and when it is taken back. The first parse outlives
the tests, so that one file of tests starts at once: `kept_parse` in the first line is its place.
"""

import functools
import gc
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

import parsedatetime
from dbt.adapters.postgres.connections import PostgresCredentials
from dbt.cli.main import cli, dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder
from dbt_common.clients.jinja import template_cache
from dbt_common.events.base_types import BaseEvent, DebugLevel
from dbt_common.events.event_manager import EventManager

import personas.linking  # noqa: F401 - a second that each build of int_persona_matches would spend

PARSE = "partial_parse.msgpack"
# On these a parse depends as a whole (dbt's `is_partial_parsable`).
SETTINGS = ("PGUSER", "PGDATABASE", "PERSONAS_SCHEMA", "DBT_TARGET")
OPTIONS = ("--vars", "--target", "--profile")

# Where the server is changes nothing that is parsed, but dbt takes its address for a change of the profile.
PostgresCredentials._connection_keys = lambda _: ("database", "schema", "user")  # type: ignore[method-assign]

_init: Any = BaseEvent.__init__
_fire: Any = EventManager.fire_event
_read: Any = Manifest.from_msgpack
_in_memory: dict[bytes, Manifest] = {}


def main() -> None:
    """Serves until standard input ends."""
    warm_up = json.loads(sys.stdin.readline())["warm_up"]
    kept = Path(warm_up["output"]).parent / "parses"
    kept.mkdir(exist_ok=True)
    _warm_up(warm_up, kept)
    for line in sys.stdin:
        print(_serve(json.loads(line), kept), flush=True)


def _serve(request: dict[str, Any], kept: Path) -> int:
    """Runs one command; keeps its parse if it is the first of its kind."""
    parse = kept / _kind(request)
    written = Path(request["directory"]) / "target" / PARSE
    if not parse.exists():
        written.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        _become_dbt(request, parse)
    _, status = os.waitpid(child, 0)
    if not parse.exists() and written.exists():
        shutil.copy(written, parse)
    return os.waitstatus_to_exitcode(status)


def _kind(request: dict[str, Any]) -> str:
    """Requests of one kind can start from the same parse."""
    given = request["arguments"]
    options = [
        given[place : place + 2] for place, argument in enumerate(given) if argument.startswith(OPTIONS)
    ]
    settings = [request["environment"].get(name) for name in SETTINGS]
    return hashlib.sha256(json.dumps([settings, options]).encode()).hexdigest()


def _warm_up(request: dict[str, Any], kept: Path) -> None:
    """Parses the project, and reads the parse once: dbt makes most of its classes' code at first use."""
    environment, directory = dict(os.environ), Path.cwd()
    os.environ.update(request["environment"])
    os.chdir(request["directory"])
    answers, errors = os.dup(1), os.dup(2)
    _write_to(request["output"])
    outlives = Path(request["kept_parse"])
    if outlives.exists():
        os.environ["DBT_PARTIAL_PARSE_FILE_PATH"] = str(outlives)
    done = dbtRunner().invoke(["parse"])
    os.dup2(answers, 1)
    os.dup2(errors, 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    if not done.success:
        sys.exit(f"the project cannot be parsed: {done.exception}\n{Path(request['output']).read_text()}")
    parse = kept / _kind(request)
    # dbt writes it only where something is new.
    written = Path(request["directory"]) / "target" / PARSE
    shutil.copy(written if written.exists() else outlives, parse)
    if written.exists():
        _replace(outlives, written)
    read = _in_memory[parse.read_bytes()] = _read(parse.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest: Any = Manifest
    manifest.from_msgpack = _from_msgpack
    # Compiling macros is half of a short command. dbt finds a template by its text: a changed macro has none.
    for macro in read.macros.values():
        template_cache.get_node_template(macro)
    _make_lighter()
    gc.freeze()


def _make_lighter() -> None:
    """A third of the rest are events of the level debug, which nothing prints, and parsers of dates."""

    def begin(event: BaseEvent, *given: Any, **named: Any) -> None:
        if isinstance(event, DebugLevel):
            vars(event).update(given=given, named=named)
        else:
            _init(event, *given, **named)

    def fire(manager: EventManager, e: BaseEvent, *given: Any, **named: Any) -> None:
        if isinstance(e, DebugLevel):
            if not given and not any(named.values()):
                return
            _init(e, *vars(e)["given"], **vars(e)["named"])
        _fire(manager, e, *given, **named)

    events: Any = BaseEvent
    events.__init__ = begin
    manager: Any = EventManager
    manager.fire_event = fire
    parsedatetime.Constants = functools.cache(parsedatetime.Constants)
    parsedatetime.Constants()


def _replace(file: Path, content: Path) -> None:
    """Other processes read the file meanwhile, or replace it themselves."""
    file.parent.mkdir(parents=True, exist_ok=True)
    mine = file.with_name(f"{file.name}.{os.getpid()}")
    shutil.copy(content, mine)
    mine.replace(file)


def _from_msgpack(data: bytes, **options: Any) -> Manifest:
    """What is in memory is not copied: what a command changes of it is gone when its process ends."""
    known = _in_memory.get(data)
    return _read(data, **options) if known is None else known


def _become_dbt(request: dict[str, Any], parse: Path) -> NoReturn:
    _write_to(request["output"])
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    if parse.exists():
        os.environ["DBT_PARTIAL_PARSE_FILE_PATH"] = str(parse)
    sys.argv = ["dbt", *request["arguments"]]
    sys.exit(cli())


def _write_to(path: str) -> None:
    sys.stdout.flush()
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


if __name__ == "__main__":
    main()
