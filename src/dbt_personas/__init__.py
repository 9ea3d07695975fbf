"""What this project changes of dbt itself: how sessions are opened, and what `null` is in a seed.

dbt imports every module whose name begins with `dbt_` when it starts, so plain `dbt build` has it too.
"""

from dbt.plugins.manager import dbtPlugin

from dbt_personas import seeds, sessions

PROJECT = "persona_consolidation"


class PersonasPlugin(dbtPlugin):
    """Changes it for this project alone; a second time does nothing."""

    def initialize(self) -> None:
        if self.project_name == PROJECT:
            sessions.install()
            seeds.install()


plugins = [PersonasPlugin]
