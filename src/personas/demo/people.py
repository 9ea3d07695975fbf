"""Who a row is about: decided by seed and row number alone, so that any row can repeat any other."""

from typing import NamedTuple

from personas.demo import words
from personas.demo.values import NBSP, Draw

# One entry for each of a hundred personas: id of the industry, column of its codes.
INDUSTRIES = tuple(
    (words.INDUSTRIES[code][0] if code else None, column)
    for share, code, column in words.INDUSTRY_MIX
    for _ in range(share)
)
_PER_MILLE_EXACT = 15
_PER_MILLE_NEAR = 20


class Person(NamedTuple):
    """What tells one persona of dh_personas from another. `family` is None for a role."""

    name: str
    title: str
    organization: str | None
    industry_id: str | None
    specific_column: str | None
    family: str | None


def person(seed: int, number: int) -> Person:
    """The persona of row `number` of dh_personas: a new one, or a copy of an earlier one."""
    draw = Draw(seed, "person", number)
    luck = draw.below(1000)
    if luck >= _PER_MILLE_EXACT + _PER_MILLE_NEAR or not number:
        return _new_person(draw)
    original = person(seed, draw.below(number))
    return _exact_copy(original, draw) if luck < _PER_MILLE_EXACT else _near_copy(original, draw)


def role_title(draw: Draw) -> str:
    """One of some 20,000 role titles."""
    return f"{draw.one_of(words.RANKS)}{draw.one_of(words.ROLES)[0]}{draw.one_of(words.FIELDS)}"


def person_name(draw: Draw) -> tuple[str, str]:
    """Full name and family name."""
    family = draw.one_of(words.FAMILY_NAMES)
    initial = f"{draw.one_of('ABCDEFGHJKLMNPRSTVW')}. " if draw.below(10) < 3 else ""
    name = f"{draw.one_of(words.GIVEN_NAMES)} {initial}{family}"
    luck = draw.below(100)
    if luck < 20:
        return draw.one_of(words.HONORIFICS) + name, family
    if luck < 24:
        return name + draw.one_of(words.POST_NOMINALS), family
    return (name.replace(" ", NBSP, 1) if luck < 26 else name), family


def company(draw: Draw) -> str:
    """One of some 17,000 organisations."""
    first, second = draw.one_of(words.COMPANY_FIRST), draw.one_of(words.COMPANY_SECOND)
    return f"{first}{second} {draw.one_of(words.COMPANY_LAST)}"


def _new_person(draw: Draw) -> Person:
    industry_id, specific_column = draw.one_of(INDUSTRIES)
    title = role_title(draw)
    if draw.below(100) < 55:
        name, family = person_name(draw)
        organization = company(draw) if draw.below(100) < 65 else None
        return Person(name, title, organization, industry_id, specific_column, family)
    shown = f"{title} / {draw.one_of(words.ROLES)[0]}" if draw.below(5) == 0 else title
    organization = company(draw) if draw.below(100) < 35 else None
    return Person(title, shown, organization, industry_id, specific_column, None)


def _exact_copy(original: Person, draw: Draw) -> Person:
    """The same after cleaning and case folding."""
    name, title = original.name, original.title
    return original._replace(
        name=draw.one_of((name, name, name.upper(), name.replace(" ", NBSP), f"{name} ")),
        title=draw.one_of((title, title, title.lower(), f"{title}{NBSP}")),
    )


def _near_copy(original: Person, draw: Draw) -> Person:
    """The same to a person's eye only."""
    name, title = original.name, original.title
    kind = draw.below(5)
    if kind == 0:
        place = 1 + draw.below(max(1, len(name) - 2))
        return original._replace(name=name[:place] + name[place + 1 : place + 2] + name[place:])
    if kind == 1 and original.family:
        bare = name.split(".", 1)[-1].strip() if "." in name.split(" ")[0] else f"Dr. {name}"
        return original._replace(name=bare)
    if kind == 2:
        return original._replace(
            title=title.replace("Director", "Dir.").replace("Manager", "Mgr.") + " (acting)"
        )
    if kind == 3:
        return original._replace(organization=None)
    return original._replace(organization=(original.organization or company(draw)) + " Ltd.")
