"""The reviewer's terminal: pages out, single keys and lines of text in."""

import os
import select
import shutil
import sys
import termios
import tty
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import click

from personas.errors import PersonasError

END_OF_INPUT = "\x04"


class Terminal(Protocol):
    """What the walk needs of one."""

    def size(self) -> tuple[int, int]:
        """Columns and lines."""

    def show(self, lines: Sequence[str]) -> None:
        """Shows a page in the place of the last one."""

    def say(self, line: str) -> None:
        """Adds a line."""

    def key(self) -> str:
        """Waits for one key; more than one character is an arrow key or a paste.

        Ctrl-C is KeyboardInterrupt, a terminal that is gone END_OF_INPUT.
        """

    def ask(self, question: str) -> str:
        """Waits for a line of text; '' when there is none."""


class RealTerminal:
    """Standard input and output. Raises PersonasError: they are no terminal."""

    def __init__(self) -> None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise PersonasError(
                "a walk through the queue needs a terminal; without one, `personas review list` prints the "
                "queue and `personas review decide` takes a decision"
            )
        with suppress(ImportError):
            # input() then edits lines, and the arrow keys bring back earlier reasons.
            import readline  # noqa: F401

    def size(self) -> tuple[int, int]:
        size = shutil.get_terminal_size()
        return size.columns, size.lines

    def show(self, lines: Sequence[str]) -> None:
        if os.environ.get("TERM", "dumb") != "dumb":
            click.clear()
        for line in lines:
            self.say(line)

    def say(self, line: str) -> None:
        click.echo(line, color=False if os.environ.get("NO_COLOR") else None)

    def key(self) -> str:
        click.echo("> ", nl=False)
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            while True:
                # Without dropping what was typed meanwhile, and anew each time: Ctrl-Z may have undone it.
                tty.setcbreak(descriptor, termios.TCSADRAIN)
                if not select.select([descriptor], [], [], 1)[0]:
                    continue
                typed = os.read(descriptor, 4096).decode(errors="replace")
                # Enter follows where Ctrl-Z and back have left the terminal with lines instead of keys.
                return (typed.rstrip("\r\n") or typed) or END_OF_INPUT
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

    def ask(self, question: str) -> str:
        try:
            return input(question)
        except EOFError:
            self.say("")
            return ""
        finally:
            # The rest of what was pasted is no answer to anything.
            with suppress(termios.error):
                termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
