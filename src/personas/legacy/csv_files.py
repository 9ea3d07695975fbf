"""A directory of CSV files into the legacy tables, by COPY."""

import codecs
import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import psycopg
from psycopg import sql

from personas.errors import PersonasError
from personas.legacy.room import Connection
from personas.legacy.schema import columns_of, one_line
from personas.legacy.tables import LEGACY_TABLES, PERSONA_TABLES

_CHUNK_BYTES = 1 << 20
# A field in quotes, from its comma or line on; or a quote that belongs to none. COPY reads a quote in the
# middle of a field as one that opens, and takes whole lines into it without a word.
_QUOTES = re.compile(rb'(?:^|(?<=[,\r\n]))"[^"]*(?:""[^"]*)*"(?=[,\r\n]|\Z)|"')
# Ends the rows for a server before version 18, in a quoted field as well.
_END_OF_DATA = re.compile(rb"^\\\.\r?$", re.MULTILINE)
# The server's words may be translated, their order is not.
_COPY_CONTEXT = re.compile(r"COPY [^,]+, \S+ (?P<line>\d+)(?:, \S+ (?P<column>\w+))?")
_WAY_OUT = {
    "22001": "shorten the value",
    "22021": "save the file as UTF-8",
    "22P02": "correct the value",
    "22P04": "give every line as many fields as the header has, and quote text that holds commas",
    "23502": "give every row a value there",
    "23503": "add the row that it points to, or leave the field empty",
    "23505": "keep one of the two rows, or change the value",
    "23514": "correct the value so that it keeps to the rule",
}


def csv_files(directory: Path) -> dict[str, Path]:
    """Table → its file. Raises PersonasError when there is no directory or no file of personas."""
    if not directory.is_dir():
        raise PersonasError(f"{directory} is not a directory: name one that holds <table>.csv files")
    files = {table: directory / f"{table}.csv" for table in LEGACY_TABLES}
    for table in PERSONA_TABLES:
        if not files[table].is_file():
            raise PersonasError(f"{files[table]} is missing: a file of at least the header line is needed")
    return {table: path for table, path in files.items() if path.is_file()}


def copy_file(connection: Connection, table: str, path: Path) -> int:
    """Load one file into its table; returns the number of rows. Raises PersonasError naming file and line."""
    try:
        columns = _header(path, table, columns_of(connection, table))
        _refuse_misread_lines(path)
        return _copy(connection, table, columns, path)
    except OSError as error:
        _fail(f"{path}: {error.strerror}", "make it readable", error)
    except csv.Error as error:
        _fail(f"{path} line 1: {error}", "correct the header", error)


def _refuse_misread_lines(path: Path) -> None:
    """Raises PersonasError naming the first line that COPY would read as other rows than the file has."""
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    stray = next((found for found in _QUOTES.finditer(content) if found[0] == b'"'), None)
    if stray is not None:
        line = content.count(b"\n", 0, stray.start()) + 1
        _fail(
            f"{path} line {line}: a quote that opens no field, or that none closes",
            "put the whole field in quotes, and double each quote in it",
        )
    end = _END_OF_DATA.search(content)
    if end is not None:
        line = content.count(b"\n", 0, end.start()) + 1
        _fail(f"{path} line {line}: \\. alone on a line would end the rows there", "write something else")


def _header(path: Path, table: str, generated: dict[str, bool]) -> list[str]:
    """The columns that the first line names: columns of the table that can be written, each once."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        written = next(csv.reader(file, strict=True), [])
    if not written:
        _fail(f"{path} line 1: no header", "name the columns there")
    # A spreadsheet, or another database, may have changed the letters.
    names = [name if name in generated else name.strip().lower() for name in written]
    names = [
        name if name in generated else as_written for name, as_written in zip(names, written, strict=True)
    ]
    for position, name in enumerate(names):
        where = f"{path} line 1, column {name!r}"
        if name not in generated:
            known = ", ".join(column for column, is_generated in generated.items() if not is_generated)
            _fail(f"{where}: no such column in {table}", f"rename it to one of {known}, or leave it out")
        if generated[name]:
            _fail(f"{where}: the database generates it", "leave it out")
        if name in names[:position]:
            _fail(f"{where}: named twice", "leave one out")
    return names


def _copy(connection: Connection, table: str, columns: Sequence[str], path: Path) -> int:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("copy {} ({}) from stdin with (format csv, header true, encoding 'UTF8')")
    try:
        with path.open("rb") as file, connection.cursor() as cursor:
            with cursor.copy(statement.format(sql.Identifier(table), names)) as copy:
                while chunk := file.read(_CHUNK_BYTES):
                    copy.write(chunk)
            return cursor.rowcount
    except psycopg.Error as error:
        way_out = _WAY_OUT.get(error.sqlstate or "", "correct the file")
        _fail(f"{_place(path, error)}: {one_line(error)}", way_out, error)


def _place(path: Path, error: psycopg.Error) -> str:
    context = _COPY_CONTEXT.search(error.diag.context or "")
    column = (context and context["column"]) or error.diag.column_name
    line = f" line {context['line']}" if context else ""
    return f"{path}{line}" + (f", column {column}" if column else "")


def _fail(fault: str, way_out: str, cause: Exception | None = None) -> NoReturn:
    raise PersonasError(f"{fault}: {way_out}. Nothing was changed.") from cause
