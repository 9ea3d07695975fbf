"""The walk through the queue: one pair a page, one key a decision, each written at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from personas.connection import connect
from personas.errors import PersonasError
from personas.review.deciding import Desk, decide, keys_in, still_open, undo
from personas.review.decisions import PLACE, checked_text
from personas.review.page import draw
from personas.review.queue import Details, Waiting, details_of
from personas.review.terminal import END_OF_INPUT, Terminal

KEYS = "m merge  k keep apart  s skip  n note  f all fields  b back  q quit"
_VERDICTS = {"m": "same", "k": "different"}
_QUESTIONS = {"same": "Why are they the same persona?", "different": "Why are they different?"}
_AT_ONCE = 20
_PROBLEMS = 3


@dataclass
class Walk:
    """Where a reviewer is; `run` ends when the pairs or the reviewer's patience do."""

    desk: Desk
    terminal: Terminal
    pairs: Sequence[Waiting]
    who: str
    made: dict[int, str] = field(default_factory=dict)
    """Place in `pairs` → verdict, of what was decided in this walk."""
    _notes: dict[int, str] = field(default_factory=dict)
    _details: dict[tuple[str, str], Details] = field(default_factory=dict)
    _remarks: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Shows pair after pair. Raises PersonasError: the file or the database cannot be read."""
        self._remarks = self._problems()
        place, shown, full, has_moved_on = 0, list[int](), False, True
        while place < len(self.pairs):
            details = self._details_of(place)
            if details is None or (has_moved_on and not self._is_open(place)):
                place += 1
                continue
            has_moved_on = False
            self._show(place, details, full)
            key = self._key(place)
            full = key == "f"
            if key in ("q", END_OF_INPUT):
                return
            if key == "b":
                if shown:
                    place = shown.pop()
                else:
                    self._remarks = ["this is the first pair"]
            elif key == "s" or (key in _VERDICTS and self._decide(place, _VERDICTS[key])):
                shown.append(place)
                place, has_moved_on = place + 1, True
            elif key == "n":
                self._note(place)
            elif key == "u":
                self._undo(place)

    # --- what a key does ------------------------------------------------------------------------------------

    def _key(self, place: int) -> str:
        """The next key that means something here, said back in a word."""
        known = {
            "m": "merge",
            "k": "keep apart",
            "s": "skip",
            "n": "note",
            "f": "all fields",
            "b": "back",
            "q": "quit",
        }
        if place in self.made:
            known["u"] = "undo"
        while True:
            key = self.terminal.key()
            if key == END_OF_INPUT:
                return key
            if key.lower() in known:
                self.terminal.say(known[key.lower()])
                return key.lower()
            self.terminal.say(f"({', '.join(known)})")

    def _decide(self, place: int, verdict: str) -> bool:
        """Writes a decision; False when there is no reason, or something stands against it."""
        reason = self._notes.get(place) or self._ask_why(verdict)
        if not reason:
            return False
        pair = self.pairs[place]
        try:
            written = decide(
                self.desk, pair.left, pair.right, verdict, reason, self.who, replace=place in self.made
            )
        except (PersonasError, psycopg.Error) as error:
            self._remarks = [f"Not written: {_one_line(error)}"]
            return False
        self.made[place] = verdict
        self._notes.pop(place, None)
        self._remarks = [f"Written: the last pair is {verdict}, line {written.line} of {PLACE}"]
        return True

    def _ask_why(self, verdict: str) -> str:
        return self.terminal.ask(f"{_QUESTIONS[verdict]} (empty: back) ").strip()

    def _note(self, place: int) -> None:
        """Asks for a text that will be the reason."""
        try:
            self._notes[place] = checked_text(self.terminal.ask("Note (will be the reason): "), "note")
        except PersonasError as error:
            self._remarks = [_one_line(error)]

    def _undo(self, place: int) -> None:
        """Takes back what was decided of this pair in this walk."""
        pair = self.pairs[place]
        try:
            undo(self.desk, pair.left, pair.right)
        except PersonasError as error:
            self._remarks = [_one_line(error)]
            return
        del self.made[place]
        self._remarks = ["Taken back: the pair waits again"]

    # --- what is shown --------------------------------------------------------------------------------------

    def _show(self, place: int, details: Details, full: bool) -> None:
        remarks, self._remarks = self._remarks, []
        if place in self._notes:
            remarks.append(f"Note: {self._notes[place]}")
        if place in self.made:
            remarks.append(f"Decided in this walk: {self.made[place]}; m or k decide anew, u takes it back")
        columns, lines = self.terminal.size()
        position = f"{place + 1} of {len(self.pairs)}"
        # Four lines are for the keys and an answer.
        page = draw(details, position, columns, lines - 4, full, remarks)
        self.terminal.show([*page, "", KEYS])

    def _details_of(self, place: int) -> Details | None:
        """All of a pair; None when it has left the queue, since a build ran meanwhile."""
        pair = self.pairs[place]
        if (pair.left, pair.right) not in self._details:
            with connect(autocommit=True) as connection:
                some = self.pairs[place : place + _AT_ONCE]
                self._details |= details_of(connection, self.desk.places, some)
        return self._details.get((pair.left, pair.right))

    def _is_open(self, place: int) -> bool:
        """Whether nobody has settled the pair meanwhile, elsewhere or by what was decided here of others."""
        if place in self.made:
            return True
        file = self.desk.file()
        return bool(still_open([self.pairs[place]], file, self.desk.rows_of(keys_in(file))))

    def _problems(self) -> list[str]:
        found = self.desk.problems()
        more = [f"… and at {len(found) - _PROBLEMS} lines more"] if len(found) > _PROBLEMS else []
        return [
            *(f"The build will be red at {PLACE}, line {line}: {told}" for line, told in found[:_PROBLEMS]),
            *more,
        ]


def _one_line(error: Exception) -> str:
    told = error.message if isinstance(error, PersonasError) else str(error)
    return " ".join(told.split())
