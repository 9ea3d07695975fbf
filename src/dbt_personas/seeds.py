"""Crosswalks as people mean them: the word `null` is a legacy value like any other."""

from typing import Any

from dbt_common.clients import agate_helper

# The column of a seed that names what the legacy side holds.
LEGACY_VALUE = "legacy_value"


def install() -> None:
    """Lets dbt read only an empty field as no value in a crosswalk; a second time does nothing.

    dbt takes the text `null` for no value, in any letter case, so that no crosswalk could name it. A client
    that wrote this word into a column is common.
    """
    module: Any = agate_helper
    build = module.build_type_tester
    if getattr(build, "reads_null_as_a_word", False):
        return

    def build_ours(text_columns: Any, **options: Any) -> Any:
        if LEGACY_VALUE in text_columns:
            options = {"string_null_values": ("",), **options}
        return build(text_columns, **options)

    build_ours.reads_null_as_a_word = True  # type: ignore[attr-defined]
    module.build_type_tester = build_ours
