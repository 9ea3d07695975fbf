"""What dbt calls to run a Python model."""

from pathlib import Path
from typing import Any

from dbt_postgres_python.api import Dbt, Session
from dbt_postgres_python.errors import ModelError
from dbt_postgres_python.model import explained, loaded
from dbt_postgres_python.settings import read_settings
from dbt_postgres_python.writing import store


class PythonJob:
    """One run of one model, on dbt's connection of this thread, in its transaction."""

    def __init__(self, adapter: Any, parsed_model: dict[str, Any], credentials: Any) -> None:
        self._adapter, self._model = adapter, parsed_model

    def submit(self, compiled_code: str) -> int:
        """Runs the model and stores what it returns; the number of rows. Raises ModelError."""
        settings = read_settings(compiled_code)
        connections = self._adapter.connections
        connection = connections.get_thread_connection()
        if connection.credentials.autocommit:
            raise ModelError("a Python model needs a transaction; take `autocommit: true` out of the profile")
        if not connection.transaction_open:
            connections.begin()
        root = Path(self._adapter.config.project_root)
        file = root / self._model["original_file_path"]
        yaml = {name: column.get("data_type") for name, column in self._model["columns"].items()}
        try:
            with (
                connection.handle.cursor() as cursor,
                loaded(self._model["raw_code"], file, f"dbt_model_{self._model['name']}") as model,
            ):
                dbt = Dbt(cursor, settings, self._model["config"])
                return store(cursor, model(dbt, Session(cursor)), settings.target, yaml)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # Not only Exception: dbt waits forever for a thread that sys.exit() or a panic in Rust ended.
            raise explained(error, file, root) from error
