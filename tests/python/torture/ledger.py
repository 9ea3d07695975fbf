"""What writers were told is committed: the marks that they left, and the rows that they removed."""

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Ledger:
    """Marks by row: a mark is a word that a writer added to a text of the row, on either side."""

    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, number: int = 1) -> None:
        """Counts operations, conflicts, refusals, crashes."""
        with self._lock:
            self.counts[what] += number

    def acknowledge(self, row: str, mark: str) -> None:
        """The transaction that added the mark has been committed."""
        with self._lock:
            self.acknowledged.setdefault(row, set()).add(mark)

    def remove(self, row: str) -> None:
        """The row is being removed: from now on nobody may demand it."""
        with self._lock:
            self.removed.add(row)

    def demanded(self) -> dict[str, frozenset[str]]:
        """What must be found from now on, unless the row is removed meanwhile."""
        with self._lock:
            return {
                row: frozenset(marks) for row, marks in self.acknowledged.items() if row not in self.removed
            }
