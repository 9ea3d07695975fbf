"""The command line `personas`."""

from collections.abc import Mapping
from importlib import import_module

import click
import psycopg

from personas.errors import PersonasError

# Loaded only when asked for: `personas db url` must not wait for dbt, and a broken part breaks only itself.
_LAZY: Mapping[str, str] = {
    "build": "personas.build:build",
    "db": "personas.server_commands:db",
    "dual-write": "personas.dual_write.commands:dual_write",
    "demo": "personas.demo:demo",
    "legacy": "personas.legacy_load:legacy",
    "report": "personas.proof.commands:report",
    "review": "personas.review.commands:review",
    "sync": "personas.dual_write.commands:sync",
    "verify": "personas.proof.commands:verify",
}


class _Commands(click.Group):
    """Commands by name, imported on first use; database faults become one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_LAZY)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _LAZY:
            return None
        module, attribute = _LAZY[cmd_name].split(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command), _LAZY[cmd_name]  # noqa: S101 - a slip in the table above
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except psycopg.Error as error:
            raise PersonasError(_in_one_line(error)) from error


def _in_one_line(error: psycopg.Error) -> str:
    """`permission denied for schema x (hint: …)`, without the statement that failed."""
    primary = error.diag.message_primary
    if primary is None:
        return " ".join(str(error).split()) or type(error).__name__
    more = [("detail", error.diag.message_detail), ("hint", error.diag.message_hint)]
    extra = "; ".join(f"{label}: {' '.join(text.split())}" for label, text in more if text)
    return f"{primary} ({extra})" if extra else primary


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="personas")
def main() -> None:
    """Merge the legacy persona tables into one, and prove that nothing was lost.

    The database is the embedded server of the checkout, or the one that PGHOST, PGPORT, PGUSER, PGPASSWORD
    and PGDATABASE name.
    """
