"""What dbt is told of this package when it starts. Nothing heavy is imported until a Python model runs."""

import sys
from copy import copy
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import dbt.adapters.postgres as postgres
from dbt.adapters.base.plugin import AdapterPlugin
from dbt.adapters.contracts.connection import AdapterResponse
from dbt.adapters.factory import FACTORY
from dbt.adapters.postgres.connections import PostgresCredentials
from dbt.adapters.postgres.impl import PostgresAdapter
from dbt.parser.schemas import ModelPatchParser

from dbt_postgres_python.errors import ModelError

NAME = "postgres_python"
METHOD = "in_transaction"


class _MacrosOnly(PostgresAdapter):
    """Stands for this package where dbt wants an adapter; no profile has this type."""

    @classmethod
    def type(cls) -> str:
        return NAME


def install() -> None:
    """Gives dbt-postgres its hooks for Python models, and dbt the macros; a second time does nothing."""
    if NAME in FACTORY.plugins:
        return
    check_interfaces()
    _add_hooks()
    _add_macros()
    _allow_contracts()


def check_interfaces() -> None:
    """Raises ModelError where dbt lacks what is changed here: all of it is dbt's own, none of it promised."""
    needed = {
        "ModelPatchParser._validate_constraint_prerequisites": callable(
            getattr(ModelPatchParser, "_validate_constraint_prerequisites", None)
        ),
        "dbt.adapters.postgres.Plugin.dependencies": isinstance(
            getattr(postgres.Plugin, "dependencies", None), list
        ),
        "FACTORY.load_plugin": callable(getattr(FACTORY, "load_plugin", None)),
        "PostgresAdapter.submit_python_job": callable(getattr(PostgresAdapter, "submit_python_job", None)),
    }
    missing = [name for name, is_there in needed.items() if not is_there]
    if missing:
        versions = ", ".join(f"{name} {version(name)}" for name in ("dbt-core", "dbt-postgres"))
        raise ModelError(
            f"Python models do not work with {versions}: {', '.join(missing)} is not there any more. "
            "Install the versions in requirements.lock (make env)."
        )


def _add_hooks() -> None:
    def helpers(adapter: PostgresAdapter) -> dict[str, Any]:
        from dbt_postgres_python.job import PythonJob

        return {METHOD: partial(PythonJob, adapter)}

    def response(_: PostgresAdapter, rows: int) -> AdapterResponse:
        return AdapterResponse(_message=f"SELECT {rows}", code="SELECT", rows_affected=rows)

    hooks: Any = PostgresAdapter
    hooks.python_submission_helpers = property(helpers)
    hooks.default_python_submission_method = property(lambda _: METHOD)
    hooks.generate_python_submission_response = response
    # dbt's own forgets that a name may hold a quotation mark.
    hooks.quote = classmethod(lambda _, identifier: '"' + str(identifier).replace('"', '""') + '"')


def _add_macros() -> None:
    """As if dbt-postgres depended on an adapter that has them: its macros come first, dbt's last."""
    stand_in: Any = _MacrosOnly
    plugin = AdapterPlugin(
        adapter=stand_in,
        credentials=PostgresCredentials,
        include_path=str(Path(__file__).with_name("include")),
        project_name="dbt_postgres_python",
    )
    # When dbt loads dbt-postgres again (a second command in one process), it imports what that depends on.
    module: Any = ModuleType(f"dbt.adapters.{NAME}")
    module.Plugin = plugin
    sys.modules[module.__name__] = module
    postgres.Plugin.dependencies.append(NAME)
    FACTORY.load_plugin(NAME)


def _allow_contracts() -> None:
    """dbt refuses a contract on a Python model, because no adapter that it knows of could keep it."""
    refuse = ModelPatchParser._validate_constraint_prerequisites

    def validate(parser: ModelPatchParser, node: Any) -> None:
        if str(node.language) == "python" and parser.root_project.credentials.type == "postgres":
            node = copy(node)
            node.language = "sql"
        refuse(parser, node)

    parser: Any = ModelPatchParser
    parser._validate_constraint_prerequisites = validate
