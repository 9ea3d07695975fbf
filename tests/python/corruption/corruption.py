"""What a corruption is, and the catalog of them: `catalog/<family>.sql`."""

from dataclasses import dataclass, replace
from pathlib import Path

CATALOG = Path(__file__).with_name("catalog")
FAMILIES = ("row", "value", "relation", "residual", "shape", "run", "first attempt")
_KEYS = ("corruption", "victims", "red", "says", "hidden")


@dataclass(frozen=True)
class Corruption:
    """One kind of damage.

    `victims` is a query, of whose rows the seed chooses one: the table `victim` of `sql`. Both may
    use `tools.sql`. Each check of `red` must be red, and in what they show the words `says` must stand.
    A hidden one also gets the residuals that a build would write, so that the round trip is exact.
    """

    name: str
    family: str
    red: tuple[str, ...]
    sql: str
    victims: str
    says: str = ""
    hidden: bool = False


CONTROLS = (
    Corruption("nothing", "control", (), "select 1", "select 1"),
    Corruption("the residuals written anew", "control", (), "select 1", "select 1", hidden=True),
)
"""What is none: no check may be red."""


def read_catalog() -> tuple[Corruption, ...]:
    """All of them, family by family."""
    found = []
    for family in FAMILIES:
        text = (CATALOG / f"{family.replace(' ', '_')}.sql").read_text()
        for block in text.split("-- corruption: ")[1:]:
            found += _read(f"-- corruption: {block}", family)
    return tuple(found)


def _read(block: str, family: str) -> list[Corruption]:
    """One block: lines `-- key: value`, then the SQL; with a line `hidden` also the corruption so hidden."""
    head: dict[str, str] = {}
    lines = block.splitlines()
    while lines and lines[0].startswith("-- "):
        key, _, value = lines[0].removeprefix("-- ").partition(": ")
        if key not in _KEYS:
            break
        lines.pop(0)
        head[key] = f"{head[key]} {value}" if key in head else value
    corruption = Corruption(
        name=head["corruption"],
        family=family,
        red=_names(head.get("red", "")),
        sql="\n".join(lines).strip(),
        victims=head.get("victims", "select 1"),
        says=head.get("says", ""),
    )
    if "hidden" not in head:
        return [corruption]
    hidden = replace(
        corruption, name=f"{corruption.name}, hidden", red=_names(head["hidden"]), says="", hidden=True
    )
    return [corruption, hidden] if corruption.red else [hidden]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(", ") if name)
