"""The decisions as bytes and on disk: only what is decided changes, whoever else writes (no database)."""

import csv
import io
import os
import subprocess
import sys
import time
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from dbt_common.clients.agate_helper import from_csv
from hypothesis import given, settings
from hypothesis import strategies as st

from personas.errors import PersonasError
from personas.review import store
from personas.review.decisions import (
    COLUMNS,
    BrokenFileError,
    Decision,
    DecisionsFile,
    checked_text,
    encoded,
    parse,
)

HEADER = b",".join(column.encode() for column in COLUMNS)
MARK = b"\xef\xbb\xbf"


def key(number: int) -> str:
    """The id of a row."""
    return f"00000000-0000-4000-8000-{number:012d}"


def decision(left: int = 1, right: int = 2, verdict: str = "same", reason: str = "because") -> Decision:
    """A decision of these tests."""
    return Decision(
        "dh_personas", key(left), "org_personas", key(right), verdict, "Ann", "2026-11-25T22:15:03Z", reason
    )


# --- bytes ------------------------------------------------------------------------------------------------

texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8
) | st.sampled_from(
    ["a\nb", 'a "quoted" b', "a\r\nb", " null ", "NULL", "a,b", "\u2028", "\x85", "\x0c", "\ufeff"]
)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Header and records of a file that dbt reads, in any style of line ends and quotes."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    head = draw(st.sampled_from([b"", MARK])) + HEADER + newline.encode()
    records: list[bytes] = []
    for _ in range(draw(st.integers(0, 5))):
        if draw(st.integers(0, 9)) == 0:
            records.append(newline.encode())
            continue
        text = io.StringIO()
        style: type[csv.Dialect] = draw(st.sampled_from([csv.unix_dialect, csv.excel]))
        fields = draw(st.lists(texts, min_size=8, max_size=8))
        csv.writer(text, style, lineterminator=newline).writerow(fields)
        records.append(text.getvalue().encode())
    is_open: bool = draw(st.booleans())
    if is_open and records and records[-1].strip():
        records[-1] = records[-1].removesuffix(newline.encode())
    return head, records


def as_dbt_reads(path: Path, content: bytes) -> list[tuple[str, ...]]:
    """The rows that dbt loads, '' for what it takes for no value, without blank rows."""
    path.write_bytes(content)
    rows = [tuple(value or "" for value in row) for row in from_csv(path, COLUMNS).rows]
    return [row for row in rows if any(row)]


def read(file: DecisionsFile) -> list[tuple[str, ...]]:
    """The decisions of a file as tuples."""
    return [astuple(decided) for _, decided in file.decided()]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that may be written any number of times."""
    return tmp_path_factory.mktemp("decisions") / "match_decisions.csv"


@given(files())
@settings(max_examples=300, deadline=None)
def test_a_file_is_read_as_dbt_reads_it(scratch: Path, file: tuple[bytes, list[bytes]]) -> None:
    head, records = file
    content = head + b"".join(records)
    found = parse(content)
    assert (found.head, [line.raw for line in found.lines]) == (head, records)
    assert read(found) == as_dbt_reads(scratch, content)


@given(files(), texts.filter(str.strip))
@settings(max_examples=300, deadline=None)
def test_a_decision_is_added_behind_all_that_is_there(
    scratch: Path, file: tuple[bytes, list[bytes]], reason: str
) -> None:
    head, records = file
    before = head + b"".join(records)
    new = decision(reason=reason)
    after = parse(before).with_decision(new)
    assert after.startswith(before)
    assert after.endswith((b"\n", b"\r\n"))
    newline = b"\r\n" if head.endswith(b"\r\n") else b"\n"
    assert len(after) - len(before) - len(encoded(new, newline)) in (
        (0,) if before.endswith(b"\n") else (len(newline),)
    )
    (line,) = parse(after).lines_of(new.pair)
    assert as_dbt_reads(scratch, after)[-1] == astuple(line[1])
    assert parse(after).without(new.pair).removesuffix(newline) == before.removesuffix(newline)


@given(files(), files())
@settings(max_examples=200, deadline=None)
def test_a_line_is_replaced_or_taken_out_and_no_other(
    first: tuple[bytes, list[bytes]], second: tuple[bytes, list[bytes]]
) -> None:
    head, newline = first[0], (b"\r\n" if first[0].endswith(b"\r\n") else b"\n")
    ended = [raw if raw.endswith(b"\n") else raw + newline for raw in first[1]]
    rest = second[1]
    before = b"".join([head, *ended, encoded(decision(), b"\n"), *rest])
    other = replace(decision(2, 1, "different", "other,\nreason"), left_table="org_personas")
    other = replace(other, right_table="dh_personas")
    assert parse(before).with_decision(other) == b"".join([head, *ended, encoded(other, newline), *rest])
    assert parse(before).without(other.pair) == b"".join([head, *ended, *rest])


def test_a_file_that_is_not_there_begins_with_its_header() -> None:
    assert parse(None).with_decision(decision()) == HEADER + b"\n" + encoded(decision(), b"\n")


def test_a_line_may_end_as_on_an_old_macintosh(scratch: Path) -> None:
    content = HEADER + b"\r" + encoded(decision(), b"\r")
    after = parse(content).with_decision(decision(3, 4))
    assert after == content + encoded(decision(3, 4), b"\r")
    assert read(parse(after)) == as_dbt_reads(scratch, after)


def test_the_file_of_the_project_is_read(project_root: Path) -> None:
    parse((project_root / "seeds" / "match_decisions.csv").read_bytes())


def test_a_pair_is_known_in_any_spelling() -> None:
    line = f" dh_personas,{key(1).upper()} ,Org_personas, {key(2)},same,Ann,,because\n".encode()
    (number, _) = parse(HEADER + b"\n" + line).lines_of(decision().pair)[0]
    assert number == 2


def test_a_line_has_the_number_where_it_begins() -> None:
    first = encoded(decision(1, 2, reason="two\n\nlines more"), b"\r\n")
    content = HEADER + b"\r\n" + first + b"\r\n" + encoded(decision(3, 4), b"\r\n")
    assert [number for number, _ in parse(content).decided()] == [2, 6]


def test_several_lines_of_a_pair_become_one() -> None:
    one, other = encoded(decision(), b"\n"), encoded(decision(3, 4), b"\n")
    new = decision(verdict="different")
    content = HEADER + b"\n" + one + other + one
    assert parse(content).with_decision(new) == HEADER + b"\n" + encoded(new, b"\n") + other


GOOD = encoded(decision(), b"\n")
BROKEN = {
    "no header": (b"", 1, "header"),
    "a header of another name": (HEADER.replace(b"verdict", b"veredict") + b"\n", 1, "header"),
    "a header in another order": (b"left_id,left_table," + HEADER[19:] + b"\n" + GOOD, 1, "header"),
    "semicolons": (HEADER.replace(b",", b";") + b"\n", 1, "header"),
    "two marks": (MARK + MARK + HEADER + b"\n", 1, "header"),
    "a field too many": (HEADER + b"\n" + GOOD + GOOD.rstrip() + b",more\n", 3, "9 fields, not 8"),
    "a field too few": (HEADER + b"\n" + GOOD + b"dh_personas,x,y\n" + GOOD, 3, "3 fields, not 8"),
    "a quote that never ends": (HEADER + b"\n" + GOOD + b'a,"b\n' + GOOD, 3, "quotes"),
    "text behind a quote": (HEADER + b"\n" + b'"dh"x' + GOOD, 2, "quotes"),
    "latin-1": (HEADER + b"\n" + GOOD + GOOD.replace(b"because", b"caf\xe9"), 3, "UTF-8"),
    "utf-16": (HEADER.decode().encode("utf-16"), 1, "UTF-8"),
    "a null character": (HEADER + b"\n" + GOOD.replace(b"because", b"be\0cause"), 2, "null character"),
}


@pytest.mark.parametrize(("content", "line", "phrase"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_by_its_line_and_left_alone(
    tmp_path: Path, content: bytes, line: int, phrase: str
) -> None:
    path = tmp_path / "match_decisions.csv"
    path.write_bytes(content)
    with pytest.raises(BrokenFileError) as raised:
        store.change(path, lambda file: file.with_decision(decision(5, 6)))
    assert f"seeds/match_decisions.csv, line {line}: " in raised.value.message
    assert phrase in raised.value.message
    assert "\n" not in raised.value.message
    assert path.read_bytes() == content
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize(
    "text", ["", " \n", "null", " NULL ", "a\x1b[2J", "a\0", "\u202eabc", "\udc80", "a\x9b"]
)
def test_a_reason_that_the_build_or_a_terminal_would_misread_is_refused(text: str) -> None:
    with pytest.raises(PersonasError, match="the reason"):
        checked_text(text, "reason")


def test_a_reason_may_have_lines() -> None:
    assert checked_text(" one\r\ntwo\rthree\n", "reason") == "one\ntwo\nthree"


def names(directory: Path) -> list[str]:
    """What lies in a directory."""
    return sorted(path.name for path in directory.iterdir())


# --- on disk ----------------------------------------------------------------------------------------------


def add(path: Path, new: Decision) -> DecisionsFile:
    """Adds a decision to a file."""
    return store.change(path, lambda file: file.with_decision(new))


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "elsewhere" / "real.csv", tmp_path / "match_decisions.csv"
    real.parent.mkdir()
    real.write_bytes(HEADER + b"\n")
    real.chmod(0o640)
    link.symlink_to(real)
    add(link, decision())
    assert link.is_symlink()
    assert real.read_bytes() == HEADER + b"\n" + GOOD
    assert real.stat().st_mode & 0o7777 == 0o640
    assert names(real.parent) == ["real.csv"]


def test_a_new_file_has_the_mode_that_others_get(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    add(tmp_path / "match_decisions.csv", decision())
    assert (tmp_path / "match_decisions.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_that_another_program_writes_meanwhile_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "match_decisions.csv"
    path.write_bytes(HEADER + b"\n")
    seen = []

    def edit(file: DecisionsFile) -> bytes:
        seen.append(len(file.lines))
        if len(seen) == 1:
            path.write_bytes(HEADER + b"\n" + encoded(decision(3, 4), b"\n"))
        return file.with_decision(decision())

    after = store.change(path, edit)
    assert seen == [0, 1]
    assert len(after.lines) == 2
    assert parse(path.read_bytes()) == after


def test_an_editor_that_saves_at_the_last_moment_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "match_decisions.csv"
    path.write_bytes(HEADER + b"\n")
    write = store._write

    def write_slowly(beside: Path, target: Path, content: bytes) -> None:
        write(beside, target, content)
        if path.read_bytes() == HEADER + b"\n":
            path.write_bytes(HEADER + b"\n" + encoded(decision(3, 4), b"\n"))

    monkeypatch.setattr(store, "_write", write_slowly)
    assert len(add(path, decision()).lines) == 2


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "match_decisions.csv"
    path.write_bytes(HEADER + b"\n")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(PersonasError, match=r"cannot write seeds/match_decisions\.csv: No space left"):
            add(path, decision())
    assert path.read_bytes() == HEADER + b"\n"
    assert names(tmp_path) == [path.name]


def test_what_a_power_cut_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "match_decisions.csv"
    (tmp_path / ".match_decisions.csv.new").write_bytes(b"half a li")
    assert len(add(path, decision()).lines) == 1
    assert names(tmp_path) == [path.name]


def test_a_missing_directory_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PersonasError, match="cannot write"):
        add(tmp_path / "seeds" / "match_decisions.csv", decision())


WRITER = """
import sys
from pathlib import Path
from personas.review import store
from test_review_file import decision
path, mine = Path(sys.argv[1]), int(sys.argv[2])
for number in range(12):
    new = decision(mine * 100 + number, mine * 100 + number + 50, reason=f"line one\\nof {mine}")
    store.change(path, lambda file: file.with_decision(new))
for number in range(0, 12, 4):
    gone = decision(mine * 100 + number, mine * 100 + number + 50).pair
    store.change(path, lambda file: file.without(gone))
"""


def test_many_reviewers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "match_decisions.csv"
    before = HEADER + b"\r\n" + encoded(decision(1, 2), b"\r\n").rstrip()
    path.write_bytes(before)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(mine)], env=environment)
        for mine in range(1, 7)
    ]
    while any(writer.poll() is None for writer in writers):
        # Whoever reads meanwhile always finds a whole file.
        assert len(list(parse(path.read_bytes()).decided())) <= 1 + 6 * 12
        time.sleep(0.01)
    assert [writer.returncode for writer in writers] == [0] * 6
    after = path.read_bytes()
    assert after.startswith(before + b"\r\n")
    wanted = {
        decision(mine * 100 + number, mine * 100 + number + 50).pair
        for mine in range(1, 7)
        for number in range(12)
        if number % 4
    }
    found = [decided.pair for _, decided in parse(after).decided()]
    assert sorted(map(sorted, found)) == sorted(map(sorted, {*wanted, decision(1, 2).pair}))
    assert names(tmp_path) == [path.name]
