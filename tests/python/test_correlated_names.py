"""In a correlated query a name that both sides have is qualified: else it means the inner one, unnoticed.

`exists (select from clusters where clusters.persona_id = persona_id)` is true of every row. PostgreSQL
says nothing, and neither do linters, which do not know the columns. Here the catalog says which names are
ambiguous.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.tokenizer_core import Token, TokenType

from dbt_project import Project, Workshop
from test_dual_write import build_and_switch_on

# Relation, by schema and name → its columns.
Catalog = Mapping[tuple[str, str], frozenset[str]]

_STATEMENTS = ("select", "with", "insert", "update", "delete")
_ENDS = (";", "loop")


def test_the_check_sees_a_name_that_means_the_inner_relation() -> None:
    catalog = {("s", "a"): frozenset({"id", "only_a"}), ("s", "b"): frozenset({"id", "only_b"})}
    caught = "select from s.a as a where exists (select from s.b as b where b.id = id)"
    assert captured_names(caught, catalog) == ["id"]
    for fine in ("b.id = a.id", "b.id = only_a", "only_b = a.only_a"):
        assert captured_names(caught.replace("b.id = id", fine), catalog) == []
    body = f"declare x integer; begin if x = 1 then return query {caught}; end if; x := ({caught}); end"
    assert [captured_names(text, catalog) for text in statements_of(body)].count(["id"]) == 2


def test_no_name_in_a_correlated_query_means_another_relation_than_it_seems(workshop_18: Workshop) -> None:
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        project.build("compile", "--select", "resource_type:model", "test_type:singular")
        catalog = catalog_of(project)
        texts = dict(functions(project)) | dict(compiled(project))
    found, unread = [], []
    for where, text in texts.items():
        for statement in statements_of(text):
            try:
                found += [
                    f"{where}: {name} in {_short(statement)}" for name in captured_names(statement, catalog)
                ]
            except sqlglot.errors.ParseError as error:
                unread.append(f"{where}: {_short(statement)}: {str(error).splitlines()[0]}")
    assert found == []
    # What the parser cannot read is not looked at: few, and named.
    assert len(unread) <= 3, "\n".join(unread)
    assert len(texts) > 150


def captured_names(statement: str, catalog: Catalog) -> list[str]:
    """Names without a relation that an inner and an outer relation have."""
    tree = sqlglot.parse_one(statement, dialect="postgres")
    selects = [tree] if isinstance(tree, exp.Query) else list(_outermost_queries(tree))
    outside = _targets(tree, catalog)
    found = []
    for select in selects:
        for scope in traverse_scope(select):
            outer = _columns_outside(scope, catalog) | outside
            inner = _columns_inside(scope, catalog)
            if not scope.is_root or outside:
                found += [
                    column.name
                    for column in scope.columns
                    if not column.table and column.name in inner and column.name in outer
                ]
    return sorted(set(found))


def _outermost_queries(tree: exp.Expr) -> Iterator[exp.Query]:
    for query in tree.find_all(exp.Query):
        if query.find_ancestor(exp.Query) is None and not isinstance(query, exp.Subquery):
            yield query


def _targets(tree: exp.Expr, catalog: Catalog) -> frozenset[str]:
    """The columns of the table that an update or delete writes, and of what it joins."""
    if not isinstance(tree, exp.Update | exp.Delete):
        return frozenset()
    tables = [table for table in tree.find_all(exp.Table) if table.find_ancestor(exp.Query) is None]
    return frozenset().union(*(catalog.get((table.db, table.name), frozenset()) for table in tables))


def _columns_inside(scope: Scope, catalog: Catalog) -> frozenset[str]:
    columns: set[str] = set()
    for source in scope.sources.values():
        if isinstance(source, Scope):
            columns |= set(getattr(source.expression, "named_selects", ()))
        elif isinstance(source, exp.Table):
            columns |= catalog.get((source.db, source.name), frozenset())
    return frozenset(columns)


def _columns_outside(scope: Scope, catalog: Catalog) -> frozenset[str]:
    """Columns of the queries around one that stands in an expression; one in `from` sees none of them."""
    columns: frozenset[str] = frozenset()
    while scope.parent is not None:
        if scope.is_subquery:
            columns |= _columns_inside(scope.parent, catalog)
        elif scope.is_derived_table or scope.is_cte:
            break
        scope = scope.parent
    return columns


def statements_of(text: str) -> Iterator[str]:
    """The SQL in a text, PL/pgSQL or not: statements, and queries in parentheses outside of one."""
    text = re.sub(r"operator\(pg_catalog\.([^)]+)\)", r"\1", text)
    # The operators of record images, which the parser does not know, and PL/pgSQL's own `into`.
    text = text.replace("*<>", "<>").replace("*=", "=")
    text = re.sub(r"\binto \w+(, \w+)*(?=\s*(from\b|;))", "", text)
    tokens = sqlglot.Dialect.get_or_raise("postgres").tokenize(text)
    for piece in _pieces(tokens):
        depth = 0
        for at, token in enumerate(piece):
            depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
            if depth == 0 and token.token_type != TokenType.STRING and token.text.lower() in _STATEMENTS:
                yield text[token.start : piece[-1].end + 1]
                break
            after = piece[at + 1].text.lower() if at + 1 < len(piece) else ""
            if token.token_type == TokenType.L_PAREN and after in ("select", "with"):
                yield text[piece[at + 1].start : piece[_closing(piece, at)].start]


def _pieces(tokens: list[Token]) -> Iterator[list[Token]]:
    piece: list[Token] = []
    depth = 0
    for token in tokens:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth == 0 and token.text.lower() in _ENDS:
            if piece:
                yield piece
            piece = []
        else:
            piece.append(token)
    if piece:
        yield piece


def _closing(piece: list[Token], opening: int) -> int:
    depth = 0
    for at in range(opening, len(piece)):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(piece[at].token_type, 0)
        if depth == 0:
            return at
    raise AssertionError("a parenthesis is not closed")


def catalog_of(project: Project) -> Catalog:
    """The columns of every relation of the project and of the legacy tables."""
    rows = project.query(
        "select table_schema, table_name, array_agg(column_name::text) from information_schema.columns"
        " where table_schema = 'public' or table_schema ^@ 'personas' group by 1, 2"
    )
    return {(schema, name): frozenset(columns) for schema, name, columns in rows}


def functions(project: Project) -> Iterator[tuple[str, str]]:
    """The functions of the synchronisation, as they are installed."""
    yield from project.query(
        "select proname, prosrc from pg_proc where pronamespace = 'personas_sync'::regnamespace"
    )


def compiled(project: Project) -> Iterator[tuple[str, str]]:
    """Models and tests, as dbt compiled them."""
    # Unit tests stand in directories that are called as their model's file.
    for file in filter(Path.is_file, (project.root / "target" / "compiled").rglob("*.sql")):
        yield str(file.relative_to(project.root)), file.read_text()


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
