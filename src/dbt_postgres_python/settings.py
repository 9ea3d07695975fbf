"""What the macros say of a model, in comments below its code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MODEL = "# dbt_postgres_python: what dbt knows of this model"
_RESULT = "# dbt_postgres_python: where its result goes"


@dataclass(frozen=True)
class Target:
    """Where the result goes, as SQL: the table, `create table` up to its columns, those of a contract."""

    relation: str
    create: str
    definition: str | None
    is_enforced: bool


@dataclass(frozen=True)
class Settings:
    """What `dbt` stands for in a model; the names of `refs` and `sources` are joined by points."""

    refs: Mapping[str, str]
    sources: Mapping[str, str]
    this: Mapping[str, str]
    is_incremental: bool
    target: Target


def read_settings(compiled_code: str) -> Settings:
    """From the last such comments of the code that the materialization submits."""
    lines = [line.strip() for line in compiled_code.splitlines()]

    def after(mark: str) -> Any:
        place = len(lines) - 1 - lines[::-1].index(mark)
        return json.loads(lines[place + 1].removeprefix("# "))

    return Settings(**after(_MODEL), target=Target(**after(_RESULT)))
