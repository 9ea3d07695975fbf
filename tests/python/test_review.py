"""`personas review` on a built database: list, decide, undo, and the walk on a terminal of its own."""

import json
import os
import re
import select
import signal
import struct
import sys
import termios
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from pty import fork

import pytest
from click.testing import CliRunner, Result

from dbt_project import DECISIONS, Project, Workshop, build_demo
from personas import cli
from personas.review import deciding
from personas.review.decisions import Decision, parse

FILE = "seeds/match_decisions.csv"
DELETED = "dh_personas:00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def built(workshop_18: Workshop) -> Iterator[Project]:
    """A built database that these tests only read, and a file of decisions that they write."""
    with workshop_18.project("demo", build_demo) as project:
        prepare_deleted(project)
        project.decide()
        yield project


def prepare_deleted(project: Project) -> None:
    """Makes a row that was there once."""
    deleted = DELETED.partition(":")[2]
    changes = json.dumps({"source_id": deleted, "persona_id": deleted, "unmerged_persona_id": deleted})
    clusters = "personas_intermediate.int_persona_clusters"
    project.execute(
        f"insert into {clusters} select (jsonb_populate_record(copied, '{changes}')).* "
        f"from {clusters} as copied where source_table = 'dh_personas' limit 1"
    )


class Desk:
    """The command line beside a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.file = project.root / FILE

    def __call__(self, *arguments: str) -> Result:
        """Runs `personas review` without a terminal."""
        return CliRunner().invoke(cli.main, ["review", *arguments])

    def done(self, *arguments: str) -> str:
        """As above; what it prints, after it went well."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *arguments: str) -> str:
        """The one line by which it refuses, having changed nothing."""
        before = self.file.read_bytes() if self.file.exists() else None
        result = self(*arguments)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        assert (self.file.read_bytes() if self.file.exists() else None) == before
        return result.stderr

    def queue(self, *options: str) -> list[tuple[str, str]]:
        """The pairs that `list` prints."""
        return [(line.split()[1], line.split()[2]) for line in self.done("list", *options).splitlines()]

    def decisions(self) -> list[Decision]:
        """What the file says."""
        return [decision for _, decision in parse(self.file.read_bytes()).decided()]


def at(project: Project, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The command line with the project's root and environment."""
    monkeypatch.setattr(deciding, "project_root", lambda: project.root)
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    for name, value in {**project.environment, "PERSONAS_SCHEMA": project.schema}.items():
        if name.startswith("PG") or name == "PERSONAS_SCHEMA":
            monkeypatch.setenv(name, value)
    return Desk(project)


@pytest.fixture
def desk(built: Project, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The command line, and a file without decisions."""
    built.decide()
    return at(built, monkeypatch)


# --- list -------------------------------------------------------------------------------------------------

QUEUE = """
    select left_table || ':' || left_id, right_table || ':' || right_id
    from personas_audit.match_review_queue
    where match_probability >= %s
    order by match_probability desc, left_table, left_id, right_table, right_id
"""


def test_list_prints_the_queue_the_likeliest_first(desk: Desk) -> None:
    result = desk("list")
    assert result.exit_code == 0
    assert desk.queue() == desk.project.query(QUEUE, 0.01)
    assert len(desk.queue()) > 10
    assert len(desk.project.query(QUEUE, 0)) > 25
    assert re.match(r"0\.\d{4}  dh_personas:\S{36}  \S+  .+ \| .+\n", result.stdout)
    assert "Next: `personas review decide" in result.stderr


def test_the_tail_of_the_queue_is_left_out_and_counted(desk: Desk) -> None:
    everything, offered = desk.project.query(QUEUE, 0), desk.project.query(QUEUE, 0.01)
    assert f"Left out: {len(everything) - len(offered)} less probable than 1 %;" in desk("list").stderr
    shown = desk("list", "--min-probability", "0")
    assert len(shown.stdout.splitlines()) == len(everything)
    assert "Left out" not in shown.stderr


def test_list_for_programs(desk: Desk) -> None:
    lines = [json.loads(line) for line in desk.done("list", "--json", "--limit", "2").splitlines()]
    assert [(line["left"], line["right"]) for line in lines] == desk.project.query(QUEUE, 0.01)[:2]
    first = lines[0]
    assert first["surviving_persona_id"] in (first["left_persona_id"], first["right_persona_id"])
    assert {"match_probability", "match_weight", "reasons", "waterfall", "merging_would", "changes"} <= set(
        first
    )
    assert first["left_record"]["name"]


def test_list_may_be_told_how_likely(desk: Desk) -> None:
    probabilities = [
        float(line.split()[0]) for line in desk.done("list", "--min-probability", "0.5").splitlines()
    ]
    assert probabilities
    assert min(probabilities) >= 0.5
    assert desk.done("list", "--min-probability", "1") == ""


def test_list_leaves_out_what_is_decided_in_whatever_spelling(desk: Desk) -> None:
    (left, right), *rest = desk.queue()
    (left_table, left_id), (right_table, right_id) = left.split(":"), right.split(":")
    desk.project.decide(f"{right_table}, {right_id.upper()} ,{left_table},{left_id.upper()},different")
    assert desk.queue() == rest


def test_values_cannot_steer_the_terminal(desk: Desk) -> None:
    """Of a row's name, control characters do not reach list and its JSON, and what else steers is escaped."""
    table, row_id = desk.queue()[0][0].split(":")
    name = desk.project.value(f"select name from {table} where id = %s", row_id)
    evil = f"E'{name.replace(chr(39), '')}\\x1b[2J\\u009b31m\\u202e\\ue000'"
    desk.project.execute(f"update {table} set name = {evil} where id = '{row_id}'")
    try:
        printed, for_programs = desk.done("list"), desk.done("list", "--json")
    finally:
        with desk.project.connect() as connection:
            connection.execute(f"update {table} set name = %s where id = %s", [name, row_id])
    assert "\\ue000" in printed
    assert not set(printed + for_programs) & set("\x1b\x9b\u202e\ue000")


# --- decide, undo -----------------------------------------------------------------------------------------


def test_decide_writes_who_when_and_why(desk: Desk) -> None:
    left, right = desk.queue()[0]
    before = desk.file.read_bytes()
    output = desk.done(
        "decide", right, left.upper(), "same", "--reason", ' two codes, "one" man ', "--by", "Ann"
    )
    assert output == (
        f"Written: {right} and {left} are same, line 2 of {FILE}.\nNext: `personas build` makes it so.\n"
    )
    assert desk.file.read_bytes().startswith(before)
    (decision,) = desk.decisions()
    assert (decision.left_key, decision.right_key) == (right, left)
    assert (decision.verdict, decision.decided_by) == ("same", "Ann")
    assert decision.reason == 'two codes, "one" man'
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", decision.decided_at)
    assert (left, right) not in desk.queue()


def test_decide_makes_a_file_that_is_not_there(desk: Desk) -> None:
    desk.file.unlink()
    left, right = desk.queue()[0]
    desk.done("decide", left, right, "different", "--reason", "two men", "--by", "Ann")
    header, line = desk.file.read_text().splitlines()
    assert header == "left_table,left_id,right_table,right_id,verdict,decided_by,decided_at,reason"
    assert line.endswith(",two men")


def test_the_reviewer_is_known_by_git_or_login(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left, right = desk.queue()[0]
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("LOGNAME", "ann")
    desk.done("decide", left, right, "same", "--reason", "one man")
    assert desk.decisions()[0].decided_by == "ann"
    (tmp_path / "gitconfig").write_text("[user]\nname = Ann Lee\n")
    desk.done("decide", left, right, "same", "--reason", "one man", "--replace")
    assert desk.decisions()[0].decided_by == "Ann Lee"


def test_replace_takes_the_place_of_the_line(desk: Desk) -> None:
    pairs = desk.queue()[:3]
    for left, right in pairs:
        desk.done("decide", left, right, "different", "--reason", "two men", "--by", "Ann")
    lines = desk.file.read_bytes().splitlines(keepends=True)
    left, right = pairs[1]
    assert "line 3 of" in desk.refused("decide", left, right, "same", "--reason", "one", "--by", "Bob")
    output = desk.done("decide", right, left, "same", "--reason", "one", "--by", "Bob", "--replace")
    assert "line 3 of" in output
    after = desk.file.read_bytes().splitlines(keepends=True)
    assert [after[0], after[1], after[3]] == [lines[0], lines[1], lines[3]]
    assert (desk.decisions()[1].verdict, desk.decisions()[1].decided_by) == ("same", "Bob")


def test_undo_takes_the_line_out(desk: Desk) -> None:
    (left, right), other = desk.queue()[:2]
    desk.done("decide", *other, "different", "--reason", "two men", "--by", "Ann")
    before = desk.file.read_bytes()
    desk.done("decide", left, right, "same", "--reason", "one man", "--by", "Ann")
    output = desk.done("undo", right.upper(), left)
    assert "line 3 of" in output
    assert "same, by Ann: one man" in output
    assert output.endswith("Next: `personas build` makes it so.\n")
    assert desk.file.read_bytes() == before
    assert "does not decide" in desk.refused("undo", right, left)


def persona_keys(desk: Desk, condition: str) -> list[str]:
    """The keys of some rows of org_personas."""
    rows = desk.project.query(f"select 'org_personas:' || id from org_personas where {condition} order by id")
    return [key for (key,) in rows]


def test_decide_refuses_what_the_build_would_refuse(desk: Desk) -> None:
    def refused(left: str, right: str, verdict: str = "same", reason: str = "because") -> str:
        return desk.refused("decide", left, right, verdict, "--reason", reason, "--by", "Ann")

    def decide(left: str, right: str, verdict: str = "same") -> None:
        desk.done("decide", left, right, verdict, "--reason", "because", "--by", "Ann")

    (one, other), *_ = desk.queue()
    third = next(
        key for pair in desk.queue() for key in pair if key.startswith("dh") and key not in (one, other)
    )
    unknown = "dh_personas:00000000-0000-4000-8000-00000000beef"
    assert f"no legacy row {unknown}" in refused(unknown, one)
    assert f"{DELETED} is deleted" in refused(one, DELETED)
    assert "with itself" in refused(one, one.upper())
    assert "is no row" in refused("P001", one)
    assert "blank" in refused(one, other, reason=" ")
    assert "blank" in desk.refused("decide", one, other, "same", "--reason", "because", "--by", "null")

    tenants = [
        tenant
        for (tenant,) in desk.project.query(
            "select distinct tenant_id from org_personas where tenant_id is not null"
        )
    ]
    theirs, ours = (persona_keys(desk, f"tenant_id = '{tenant}'")[0] for tenant in tenants[:2])
    assert "two tenants never merge" in refused(theirs, ours)
    decide(one, theirs)
    assert f"by line 2 of {FILE}" in refused(ours, one)
    decide(ours, one, "different")

    decide(one, other)
    assert f"line 4 of {FILE} decides this pair already: same (Ann" in refused(other, one)
    assert "--replace puts different in its place" in refused(other, one, "different")
    decide(other, third)
    told = refused(one, third, "different")
    assert f"by lines 4, 5 of {FILE}" in told
    desk.done("undo", other, third)
    decide(one, third, "different")
    told = refused(other, third)
    assert f"line 5 of {FILE} says that" in told
    assert f"undo {one} {third}" in told


def test_a_line_at_which_the_build_will_stop_is_told_beside(desk: Desk) -> None:
    (one, other), *_ = desk.queue()
    desk.project.decide("dh_personas,P001,dh_personas,P002,same")
    result = desk("decide", one, other, "same", "--reason", "because", "--by", "Ann")
    assert result.exit_code == 0
    assert result.stderr == (
        f"Note: the build will be red at {FILE}, line 2: there is no legacy row dh_personas:p001.\n"
    )
    assert "line 2" in desk("list").stderr
    run = desk.project.dbt(*DECISIONS)
    assert run.exit_code == 1
    assert run.lines_with("no legacy row dh_personas:p001")


@pytest.mark.parametrize(
    "command", [("list",), ("decide", "{0}", "{1}", "same", "--reason", "because"), ("undo", "{0}", "{1}")]
)
def test_a_broken_file_is_not_made_worse(desk: Desk, command: tuple[str, ...]) -> None:
    pair = desk.queue()[0]
    desk.file.write_text(desk.file.read_text() + 'dh_personas,"never ends,\n')
    assert f"{FILE}, line 2" in desk.refused(*(argument.format(*pair) for argument in command))


# --- without what it needs --------------------------------------------------------------------------------

PAIR = (DELETED, "dh_personas:00000000-0000-4000-8000-000000000001")


@pytest.mark.parametrize("command", [("list",), ("decide", *PAIR, "same", "--reason", "because")])
def test_nothing_built_is_one_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PERSONAS_SCHEMA", "nowhere")
    told = desk.refused(*command)
    assert "there is no relation nowhere_" in told
    assert "run `personas build` first" in told


@pytest.mark.parametrize("command", [("list",), ("decide", *PAIR, "same", "--reason", "because")])
def test_no_database_is_one_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PGHOST", str(tmp_path))
    assert "check PGHOST" in desk.refused(*command)


def test_the_walk_needs_a_terminal(desk: Desk) -> None:
    told = desk.refused()
    assert "`personas review list`" in told
    assert "`personas review decide`" in told


def test_options_of_the_walk_are_not_taken_for_others(desk: Desk) -> None:
    assert "options go after `list`" in desk("--limit", "1", "list").stderr


# --- the walk ---------------------------------------------------------------------------------------------

CHILD = (
    "import sys, pathlib; from personas.cli import main; from personas.review import deciding; "
    "root = pathlib.Path(sys.argv.pop(1)); deciding.project_root = lambda: root; main()"
)
PATIENCE = 60
PROMPT = "q quit\n> "


class Screen:
    """`personas review` in a pseudo-terminal: what is typed, and what is seen since."""

    def __init__(self, desk: Desk, *arguments: str, columns: int = 80, lines: int = 24) -> None:
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns), "LINES": str(lines)}
        command = [sys.executable, "-c", CHILD, str(desk.project.root), "review", "--by", "Ann", *arguments]
        self._pid, self._terminal = fork()
        if not self._pid:
            os.execve(command[0], command, environment)  # noqa: S606 - a constant
        ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.raw = ""

    def sees(self, phrase: str = PROMPT) -> str:
        """Waits for a phrase; what came up to it, without colours."""
        while phrase not in (plain := self._plain()):
            assert self._read(), f"{phrase!r} does not come:\n{plain}"
        self.raw = ""
        return plain

    def types(self, keys: str) -> None:
        """Types, with Enter for \\n."""
        os.write(self._terminal, keys.encode())

    def ends(self, pressing: str = "") -> tuple[int, str]:
        """Waits for the end; the exit code and what was seen last. A key is pressed until something comes."""
        for _ in range(PATIENCE):
            if not pressing or select.select([self._terminal], [], [], 1)[0]:
                break
            self.types(pressing)
        while self._read():
            pass
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1]), self._plain()

    def hangs_up(self) -> None:
        """The window is closed."""
        os.close(self._terminal)
        os.waitpid(self._pid, 0)

    def _plain(self) -> str:
        return re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", self.raw).replace("\r\n", "\n")

    def _read(self) -> bool:
        """Whether there was something more to read."""
        if not select.select([self._terminal], [], [], PATIENCE)[0]:
            os.kill(self._pid, signal.SIGKILL)
            raise AssertionError(f"nothing comes any more:\n{self._plain()}")
        try:
            read = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.raw += read.decode(errors="replace")
        return bool(read)


def test_a_walk_writes_each_decision_at_once(desk: Desk) -> None:
    queue = desk.queue()
    screen = Screen(desk)
    page = screen.sees()
    assert f"1 of {len(queue)}" in page
    assert "Why" in page
    assert "Merging would change" in page
    screen.types("m")
    screen.sees("Why are they the same persona? (empty: back) ")
    screen.types("one man, é\n")
    assert f"line 2 of {FILE}" in screen.sees()
    assert [(found.verdict, found.decided_by, found.reason) for found in desk.decisions()] == [
        ("same", "Ann", "one man, é")
    ]
    screen.types("n")
    screen.sees("Note (will be the reason): ")
    screen.types("two men\n")
    assert "Note: two men" in screen.sees()
    screen.types("k")
    screen.sees()
    assert desk.decisions()[1].reason == "two men"
    assert desk.decisions()[1].verdict == "different"
    screen.types("s")
    assert f"4 of {len(queue)}" in screen.sees()
    screen.types("q")
    code, end = screen.ends()
    assert code == 0
    assert f"Decided: 1 same, 1 different; {len(desk.queue())} pairs wait." in end
    assert end.endswith("Next: `personas build` makes it so.\n")
    written = [(found.left_key, found.right_key) for found in desk.decisions()]
    assert written == queue[:2]


def test_a_decision_without_a_reason_is_none(desk: Desk) -> None:
    before = desk.file.read_bytes()
    screen = Screen(desk, "--limit", "2")
    assert "1 of 2" in screen.sees()
    screen.types("k")
    screen.sees("different? (empty: back) ")
    screen.types(" \n")
    assert "1 of 2" in screen.sees()
    screen.types("m")
    screen.sees("(empty: back) ")
    screen.types("null\n")
    assert "the reason is read as blank" in screen.sees().replace("\n", " ")
    screen.types("q")
    assert "Nothing decided" in screen.ends()[1]
    assert desk.file.read_bytes() == before


def test_a_reviewer_may_go_back_and_think_again(desk: Desk) -> None:
    before = desk.file.read_bytes()
    screen = Screen(desk, "--limit", "3")
    screen.sees()
    screen.types("b")
    assert "this is the first pair" in screen.sees()
    screen.types("s")
    screen.sees()
    screen.types("m")
    screen.sees("(empty: back) ")
    screen.types("one\n")
    assert "3 of 3" in screen.sees()
    screen.types("b")
    assert "Decided in this walk: same" in screen.sees()
    screen.types("k")
    screen.sees("(empty: back) ")
    screen.types("two\n")
    screen.sees()
    assert [(found.verdict, found.reason) for found in desk.decisions()] == [("different", "two")]
    screen.types("b")
    screen.sees()
    screen.types("u")
    assert "the pair waits again" in screen.sees()
    assert desk.file.read_bytes() == before
    screen.types("b")
    assert "1 of 3" in screen.sees()
    screen.types("q")
    assert screen.ends()[0] == 0


def test_a_walk_goes_round_what_was_settled_meanwhile(desk: Desk) -> None:
    queue = desk.queue()
    screen = Screen(desk, "--limit", "3")
    screen.sees()
    desk.done("decide", *queue[1], "same", "--reason", "one", "--by", "Bob")
    screen.types("s")
    assert "3 of 3" in screen.sees()
    desk.done("decide", *queue[2], "same", "--reason", "one", "--by", "Bob")
    screen.types("k")
    screen.sees("(empty: back) ")
    screen.types("two\n")
    assert "Not written: line 3" in screen.sees()
    desk.file.write_text(desk.file.read_text() + '"')
    screen.types("k")
    screen.sees("(empty: back) ")
    screen.types("two\n")
    assert f"Not written: {FILE}, line 4" in screen.sees()
    desk.file.write_text(desk.file.read_text().removesuffix('"'))
    screen.types("s")
    assert screen.ends()[0] == 0
    assert [found.decided_by for found in desk.decisions()] == ["Bob", "Bob"]


@pytest.mark.parametrize("how", ["a key", "a reason", "the end of the line", "the window"])
def test_an_interrupted_walk_loses_nothing(desk: Desk, how: str) -> None:
    screen = Screen(desk)
    screen.sees()
    screen.types("k")
    screen.sees("(empty: back) ")
    screen.types("two men\n")
    screen.sees()
    if how == "a reason":
        screen.types("m")
        screen.sees("(empty: back) ")
        screen.types("half a rea")
        # Python overlooks a Ctrl-C that comes within a moment of a key.
        screen.sees("half a rea")
    if how == "the window":
        screen.hangs_up()
    else:
        # Python's line editor overlooks a Ctrl-C that comes within a moment of a key: people press it again.
        code, end = screen.ends(pressing="\x04" if how == "the end of the line" else "\x03")
        assert code == (0 if how == "the end of the line" else 130)
        assert "Decided: 1 different" in end
    assert [found.reason for found in desk.decisions()] == ["two men"]


def test_only_single_known_keys_count(desk: Desk) -> None:
    before = desk.file.read_bytes()
    screen = Screen(desk)
    screen.sees()
    for keys in ("\x1b[A", "x", "mk\n", "\n"):
        screen.types(keys)
        screen.sees("(m, k, s, n, f, b, q)\n> ")
    screen.types("q")
    assert "Nothing decided" in screen.ends()[1]
    assert desk.file.read_bytes() == before


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (120, 30), (200, 90)])
def test_a_page_fits_the_terminal(desk: Desk, columns: int, lines: int) -> None:
    screen = Screen(desk, "--limit", "1", columns=columns, lines=lines)
    page = screen.sees()
    shown = page.split("\n")
    assert max(map(len, shown)) < columns
    assert len(shown) < lines
    assert ("f shows all" in page) is (lines < 90)
    screen.types("f")
    whole = screen.sees()
    assert "f shows all" not in whole
    assert max(map(len, whole.split("\n"))) < columns
    screen.types("q")
    screen.ends()


def test_a_terminal_that_wants_no_colours_gets_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen(desk, "--limit", "1")
    while PROMPT not in screen.raw.replace("\r\n", "\n"):
        assert screen._read()
    assert "\x1b[1m" not in screen.raw
    screen.types("q")
    screen.ends()
