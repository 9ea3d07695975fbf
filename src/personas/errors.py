"""Faults that a user can do something about: one line on stderr, never a traceback."""

import click


class PersonasError(click.ClickException):
    """An expected fault. The message is one line that names the row or setting, and the way out."""

    exit_code = 1


class CannotTellError(PersonasError):
    """A check could not be carried out, so its answer is neither yes nor no."""

    exit_code = 2
