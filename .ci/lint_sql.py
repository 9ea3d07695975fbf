"""sqlfluff, which compiles each macro of the project once instead of twice for each file.

With `load_macros_from_path` that took two thirds of its time. Its other processes import this file, too.
"""

import functools
import sys
from types import CodeType

import jinja2

_compile = jinja2.Environment.compile
_environments: list[jinja2.Environment] = []


@functools.cache
def _compiled(source: str) -> CodeType:
    return _compile(_environments[-1], source)


def _compile_once(environment: jinja2.Environment, source: str) -> CodeType:
    """The code depends on the text alone, because sqlfluff makes the same environment for each file."""
    _environments[:] = [environment]
    return _compiled(source)


jinja2.Environment.compile = _compile_once  # type: ignore[assignment, method-assign]

if __name__ == "__main__":
    from sqlfluff.cli.commands import cli

    sys.argv[0] = "sqlfluff"
    cli()
