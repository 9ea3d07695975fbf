"""Same rows, same bytes, whatever the locale of the database. Of our servers Debian's alone has ICU."""

import psycopg
import pytest

from dbt_project import CLUSTERS, DATABASE, MARTS, Project, Workshop, build_demo

pytestmark = pytest.mark.long

# Each sorts otherwise than C.UTF-8: as a dictionary, V and W alike, telephone book with numbers by value.
LOCALES = ("en-US", "sv-SE", "de-DE-u-co-phonebk-kn")


def rows(project: Project) -> dict[str, list[str]]:
    """Every row of every mart, without the time of the build."""
    found = {}
    for name in (*(f"personas.{mart}" for mart in MARTS), f"personas_intermediate.{CLUSTERS}"):
        query = f"select (to_jsonb(t) - 'first_seen_at')::text from {name} as t"
        found[name] = sorted(row for (row,) in project.query(query))
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_a_build_gives_the_same_bytes(workshop_15: Workshop, locale: str) -> None:
    def build_there(project: Project) -> None:
        with psycopg.connect(project.server.url(), autocommit=True) as connection:
            connection.execute(f"drop database {DATABASE} with (force)")
            connection.execute(
                f"create database {DATABASE} template template0 locale_provider icu icu_locale '{locale}'"
            )
        build_demo(project)

    with workshop_15.project("demo", build_demo) as project:
        expected = rows(project)
    with workshop_15.project(f"demo_{locale}", build_there) as project:
        assert project.value("select 'a' < 'B'"), "the locale sorts as a dictionary does"
        assert rows(project) == expected
        before = project.row_versions()
        project.build()
        assert project.row_versions() == before
