"""What goes wrong, in words for whoever wrote the model."""

from dbt_common.exceptions import DbtRuntimeError


class ModelError(DbtRuntimeError):
    """A Python model that cannot run, or whose result cannot be stored; its text is the whole story."""


class ValueProblem(Exception):  # noqa: N818, it becomes an error when its column is known
    """A value that cannot be carried over; `row` counts from 0 in the batch at hand."""

    def __init__(self, problem: str, row: int) -> None:
        super().__init__(problem)
        self.problem, self.row = problem, row

    def in_column(self, name: str, first_row: int) -> ModelError:
        """The same for the reader: rows count from 1 in the whole result."""
        return ModelError(f'column "{name}", row {first_row + self.row + 1}: {self.problem}')
