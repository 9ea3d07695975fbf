"""Seeds are reconciled with their files in place: readers of the chain always see whole crosswalks."""

import threading
from collections.abc import Iterator

import pytest

from dbt_project import Project, Workshop, build_demo

SEED = "personas_staging.role_words"
FILE = "seeds/role_words.csv"


@pytest.fixture
def demo(workshop_18: Workshop) -> Iterator[Project]:
    """The demo, built."""
    with workshop_18.project("demo", build_demo) as project:
        yield project


def words(project: Project) -> dict[str, str]:
    """word → where its row lies and who wrote it."""
    return dict(project.query(f"select word, ctid || ' ' || xmin from {SEED}"))


def test_rows_follow_the_file_and_unchanged_ones_stay_where_they_are(demo: Project) -> None:
    before = words(demo)
    lines = (demo.root / FILE).read_text().splitlines()
    gone, kept = lines[1], lines[2:]
    demo.write(FILE, "\n".join([lines[0], *kept, "zookeeper"]) + "\n")
    demo.build("seed", "--select", "role_words")
    after = words(demo)
    assert set(after) == set(kept) | {"zookeeper"}
    assert gone not in after
    assert {word: after[word] for word in kept} == {word: before[word] for word in kept}


@pytest.mark.parametrize("arguments", [(), ("--full-refresh",)], ids=["seed", "full-refresh"])
def test_a_reader_never_finds_a_seed_empty(demo: Project, arguments: tuple[str, ...]) -> None:
    counts: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        with demo.connect() as connection:
            while not stop.is_set():
                ((found,),) = connection.execute(f"select count(*) from {SEED}").fetchall()
                counts.add(found)

    whole = demo.value(f"select count(*) from {SEED}")
    table = demo.value(f"select '{SEED}'::regclass::oid")
    reader = threading.Thread(target=read)
    reader.start()
    try:
        demo.build("seed", *arguments)
    finally:
        stop.set()
        reader.join()
    assert counts == {whole}
    assert demo.value(f"select '{SEED}'::regclass::oid") == table, "the table was dropped"


def test_an_empty_file_empties_the_seed_and_a_new_column_is_added(demo: Project) -> None:
    demo.write(FILE, "word\n")
    demo.build("seed", "--select", "role_words")
    assert words(demo) == {}
    demo.write(FILE, "word,note\nzookeeper,keeps animals\n")
    demo.build("seed", "--select", "role_words")
    assert demo.query(f"select word, note from {SEED}") == [("zookeeper", "keeps animals")]


def test_the_word_null_is_a_word(demo: Project) -> None:
    """A client wrote it into a text column; `audit_unmapped_values` asks for an entry."""
    crosswalk = "seeds/decision_authority_crosswalk.csv"
    demo.write(crosswalk, (demo.root / crosswalk).read_text() + "null,LOW\n")
    demo.execute(
        "insert into dh_personas (unique_id, persona_code, name, title, decision_authority)"
        " values ('x-null', 'XN', 'Nora Feld', 'Owner', 'null')"
    )
    demo.build("build", "--select", "decision_authority_crosswalk")
    demo.build()
    assert demo.value("select decision_authority from personas.personas where unique_id = 'x-null'") == "LOW"
    assert demo.query("select 1 from personas_audit.audit_unmapped_values where legacy_value = 'null'") == []
