"""Personas of which it is known who is whom: for the evaluation and the speed of linking.

Half of the records are like dh_personas (shared library; persons and roles, with title and organisation),
half like org_personas (of a tenant; roles with a department and typical titles). A stated share of them tells
again of an entity that is there already: exactly (apart from white space and capitals), or corrupted as the
field's rows are. Beside them stand look-alikes that are somebody else: they agree in three of the four values
that merge.

Two entities of one tenancy never have all four values in common: such rows are one persona by law 5. As in
the field, the library and each tenant have a role title once, but for a few namesakes; persons share titles.
"""

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa

from personas.demo import words
from personas.linking import INPUT

TWINS = 0.15
"""Share of records that tell of an entity again."""
EXACT = 0.4
"""Share of twins in the shared library that are exact."""
LOOK_ALIKES = 0.03
NAMESAKES = 0.02
"""Share of new roles whose title the library or their tenant has already, for somebody else."""
RECORDS_A_TENANT = 400

_ONSETS = "b br c ch d dr f fl g gr h j k kr l m n p pr qu r s sch st t tr v w z".split()
_VOWELS = "a e i o u ai ei au ou ia".split()
_CODAS = "l n r s m t nd rt ck ng lt rs nn tz".split()
_ENDINGS = "son sen ez ini ov ova man berg stein ski wala ström aki ic er a o".split()
# The canonical ones: two rows for one industry would make one persona of two.
_INDUSTRIES = [identity for code, (identity, *_) in words.INDUSTRIES.items() if code != "PHARMA"]
_SHORT = {
    "Director": ("Dir.", "Dir"),
    "Manager": ("Mgr.", "Mgr"),
    "Senior": ("Sr.", "Sr"),
    "Associate": ("Assoc.",),
    "VP": ("Vice President",),
    "Chief Medical Officer": ("CMO",),
    "Chief Executive Officer": ("CEO",),
    "Chief Financial Officer": ("CFO",),
    "Chief Technology Officer": ("CTO",),
    "Medical Science Liaison": ("MSL",),
    "MSL": ("Medical Science Liaison",),
    "HEOR": ("Health Economics & Outcomes Research",),
    "Quality Assurance": ("QA",),
    "Real-World Evidence": ("RWE",),
    "Regulatory Affairs": ("RA", "Reg. Affairs"),
    "Business Development": ("BD",),
    "Operations": ("Ops",),
    "UX": ("User Experience",),
    "Pharmacovigilance": ("PV",),
}
_HONORIFICS = ("Dr. ", "Dr.\u00a0", "Prof. ", "Prof. Dr. ", "Ms. ", "Mr ")
_AFTER = (", MD", ", PhD", ", Pharm.D.", " MD, MPH")
_FOLDED = str.maketrans("éèáàâäãåçíïñóôöøúüýžšłİ", "eeaaaaaaciinoooouuyzslI")


@dataclass(frozen=True)
class Record:
    """One record; `family` is None for a role. `entity` is the truth."""

    entity: int
    tenant: str | None
    name: str
    title: str | None
    organization: str | None
    department: str | None
    industry: str | None
    typical: tuple[str, ...]
    label: str | None
    family: str | None


@dataclass(frozen=True)
class Generated:
    """Records of shape `INPUT`; entity of each record_key; how many twins are exact."""

    records: pa.Table
    entities: dict[str, int]


def generate(size: int, seed: int, twins: float = TWINS) -> Generated:
    """`size` records like dh_personas and `size` like org_personas."""
    return _Maker(size, seed, twins).made()


class _Maker:
    def __init__(self, size: int, seed: int, twins: float) -> None:
        self.rng = random.Random(f"linkage/{seed}")
        self.size, self.twins = size, twins
        self.givens = [*words.GIVEN_NAMES, *(self._syllables(2) for _ in range(size // 100))]
        self.families = [*words.FAMILY_NAMES, *(self._syllables(2, True) for _ in range(size // 20))]
        self.tenants = [
            str(uuid.UUID(int=self.rng.getrandbits(128))) for _ in range(size // RECORDS_A_TENANT + 1)
        ]
        self.taken: set[tuple[str | None, ...]] = set()
        self.titles: set[tuple[str | None, str]] = set()
        self.projects = [self._syllables(2) for _ in range(size // 200)]
        self.entities = 0

    def made(self) -> Generated:
        library = self._library()
        own = self._own()
        rows, entities = [], {}
        for table, records in (("dh_personas", library), ("org_personas", own)):
            for record in records:
                key = f"{table}:{uuid.UUID(int=self.rng.getrandbits(128), version=4)}"
                entities[key] = record.entity
                rows.append(self._row(key, record))
        self.rng.shuffle(rows)
        return Generated(pa.Table.from_pylist(rows, schema=INPUT), entities)

    def _row(self, key: str, record: Record) -> dict[str, str | None]:
        typical = json.dumps(list(record.typical))
        return {
            "record_key": key,
            "tenant_id": record.tenant,
            "name": record.name,
            "title": record.title,
            "organization": record.organization,
            "department": record.department,
            "industry_id": record.industry,
            "typical_titles": json.dumps(typical) if self.rng.random() < 0.3 else typical,
            "role_label": record.label,
        }

    def _library(self) -> list[Record]:
        records: list[Record] = []
        originals: list[Record] = []
        for _ in range(self.size):
            luck = self.rng.random()
            if originals and luck < self.twins:
                original = self.rng.choice(originals)
                if self.rng.random() < EXACT and original.organization and original.industry:
                    records.append(self._exact(original))
                else:
                    records.append(self._near(original))
            elif originals and luck < self.twins + LOOK_ALIKES:
                records.append(self._look_alike(self.rng.choice(originals)))
            else:
                originals.append(self._new_of_library())
                records.append(originals[-1])
        self.roles = [record for record in originals if record.family is None]
        return records

    def _own(self) -> list[Record]:
        records: list[Record] = []
        originals: list[Record] = []
        for _ in range(self.size):
            if self.rng.random() >= self.twins or not originals:
                originals.append(self._new_role(self.rng.choice(self.tenants)))
                records.append(originals[-1])
            elif self.rng.random() < 0.4:
                records.append(self._near(self.rng.choice(originals)))
            else:
                original = self.rng.choice(self.roles)
                title = self._title_variant(original.name)
                records.append(
                    replace(
                        original,
                        tenant=self.rng.choice(self.tenants),
                        name=title,
                        title=None,
                        organization=None,
                        industry=original.industry if self.rng.random() < 0.7 else None,
                        department=original.department if self.rng.random() < 0.8 else None,
                        typical=self._typical(original.name),
                        label=original.label if self.rng.random() < 0.8 else None,
                    )
                )
        return records

    # --- somebody new

    def _new_of_library(self) -> Record:
        if self.rng.random() < 0.5:
            return self._new_role(None)
        while True:
            family = self.rng.choice(self.families)
            initial = f"{self.rng.choice('ABCDEFGHJKLMNPRSTVW')}. " if self.rng.random() < 0.2 else ""
            name = f"{self.rng.choice(self.givens)} {initial}{family}"
            if self.rng.random() < 0.2:
                name = self.rng.choice(_HONORIFICS) + name
            title, department, label = self._role()
            record = Record(
                self.entities,
                None,
                name,
                title,
                self._company() if self.rng.random() < 0.65 else None,
                department if self.rng.random() < 0.6 else None,
                self.rng.choice(_INDUSTRIES[:6]) if self.rng.random() < 0.85 else None,
                (),
                label if self.rng.random() < 0.4 else None,
                family,
            )
            if self._is_free(record):
                self.entities += 1
                return record

    def _new_role(self, tenant: str | None) -> Record:
        while True:
            title, department, label = self._role()
            shown = title
            if tenant is None and self.rng.random() < 0.15:
                shown = f"{title} / {self.rng.choice(words.ROLES)[0]}"
            company = words.BOOK_ORGANIZATION if self.rng.random() < 0.3 else self._company()
            record = Record(
                self.entities,
                tenant,
                title,
                None if tenant else shown,
                company if not tenant and self.rng.random() < 0.6 else None,
                department if self.rng.random() < 0.85 else None,
                self.rng.choice(_INDUSTRIES[:6]) if self.rng.random() < (0.3 if tenant else 0.85) else None,
                self._typical(title) if tenant else (),
                label if self.rng.random() < (0.8 if tenant else 0.4) else None,
                None,
            )
            again = (None, title) in self.titles or (tenant, title) in self.titles
            if again != (self.rng.random() < NAMESAKES):
                continue
            if self._is_free(record):
                self.titles.add((tenant, title))
                self.entities += 1
                return record

    def _is_free(self, record: Record) -> bool:
        values = (record.tenant, record.name, record.title, record.organization, record.industry)
        folded = tuple(value and " ".join(value.lower().split()) for value in values)
        if folded in self.taken:
            return False
        self.taken.add(folded)
        return True

    def _role(self) -> tuple[str, str, str]:
        title, _, department, _ = self.rng.choice(words.ROLES)
        rank, area = self.rng.choice(words.RANKS), self.rng.choice(words.FIELDS)
        project = f", {self.rng.choice(self.projects)}" if self.projects and self.rng.random() < 0.5 else ""
        return f"{rank}{title}{area}{project}", department, title

    def _typical(self, title: str) -> tuple[str, ...]:
        bare = title.split(" - ")[0].split(" (")[0]
        head = bare.rpartition(" ")[0] or bare
        choices = [title, bare, f"Senior {bare}", f"Head of {head}", f"{head} Lead", f"VP {head}"]
        return tuple(self.rng.sample(choices, self.rng.randint(2, 4)))

    def _company(self) -> str:
        first, second = self.rng.choice(words.COMPANY_FIRST), self.rng.choice(words.COMPANY_SECOND)
        return f"{first}{second} {self.rng.choice(words.COMPANY_LAST)}"

    def _syllables(self, count: int, family: bool = False) -> str:
        parts = [
            self.rng.choice(_ONSETS) + self.rng.choice(_VOWELS) + self.rng.choice(_CODAS + [""] * 14)
            for _ in range(count)
        ]
        return ("".join(parts) + (self.rng.choice(_ENDINGS) if family else "")).capitalize()

    # --- the same again

    def _exact(self, original: Record) -> Record:
        """The same after cleaning and case folding."""
        spaced = self.rng.choice(
            (str, str.upper, str.lower, lambda text: text.replace(" ", "\u00a0"), lambda text: f" {text} ")
        )
        again = self.rng.choice((str, str.lower, lambda text: f"{text}\u00a0"))
        return replace(
            original,
            name=spaced(original.name),
            title=original.title and again(original.title),
            department=original.department if self.rng.random() < 0.7 else None,
        )

    def _look_alike(self, original: Record) -> Record:
        """Somebody else with three of the four values: of another industry, organisation, title or name."""
        made = replace(original, entity=self.entities)
        kind = self.rng.randrange(4)
        if kind == 0:
            made = replace(made, industry=self.rng.choice(_INDUSTRIES[6:]))
        elif kind == 1:
            made = replace(made, organization=self._company())
        elif kind == 2 or original.family is None:
            title, department, label = self._role()
            made = replace(made, title=title, department=department, label=label)
            if original.family is None:
                made = replace(made, name=title)
        else:
            family = self.rng.choice(self.families)
            made = replace(made, name=f"{self.rng.choice(self.givens)} {family}", family=family)
        if not self._is_free(made):
            return self._new_of_library()
        self.entities += 1
        return made

    def _near(self, original: Record) -> Record:
        """The same to a person's eye only: one to three corruptions."""
        made = original
        kinds: list[Callable[[Record], Record]] = [
            self._other_title,
            self._less,
            self._less,
            self._other_company,
        ]
        kinds += [self._other_name, self._other_name] if original.family else [self._other_title]
        for corruption in self.rng.sample(kinds, self.rng.choice((1, 1, 1, 1, 1, 1, 2, 2, 2, 3))):
            made = corruption(made)
        return made

    def _other_name(self, record: Record) -> Record:
        name = record.name
        given = name.rpartition(f" {record.family}")[0]
        kind = self.rng.randrange(9)
        if kind <= 1:
            name = self._typed(name)
        elif kind == 2:
            bare = name.split(". ", 1)[-1] if name.startswith(("Dr", "Pr", "M")) else name
            name = bare if bare != name else self.rng.choice(_HONORIFICS) + name
        elif kind == 3:
            name = name + self.rng.choice(_AFTER)
        elif kind == 4 and given and not given.startswith(("Dr", "Pr", "M")):
            name = f"{given[0]}. {record.family}"
        elif kind == 5 and given:
            name = f"{record.family}, {given}"
        elif kind == 6 and given.count(" ") == 0:
            name = f"{given} {self.rng.choice('ABCDEFGHJKLMNPRSTVW')}. {record.family}"
        elif kind == 7:
            name = name.translate(_FOLDED)
        else:
            name = name.upper().replace(" ", "\u00a0", 1)
        return replace(record, name=name)

    def _other_title(self, record: Record) -> Record:
        if record.family is None:
            name = self._title_variant(record.name)
            title = record.title and (name if record.title == record.name else record.title)
            return replace(record, name=name, title=title)
        return replace(record, title=self._title_variant(record.title or ""))

    def _title_variant(self, title: str) -> str:
        kind = self.rng.randrange(8)
        if kind <= 2:
            found = [(long, short) for long, short in _SHORT.items() if long in title]
            if found:
                long, short = self.rng.choice(found)
                return title.replace(long, self.rng.choice(short), 1)
        if kind == 3 and " - " in title:
            before, _, after = title.partition(" - ")
            return self.rng.choice((f"{before} ({after})", f"{after} {before}", f"{before}, {after}"))
        if kind in (3, 4) and title.count(" ") in (1, 2) and "(" not in title and "-" not in title:
            before, _, last = title.rpartition(" ")
            return f"{last}, {before}"
        if kind == 5:
            return f"{title} (acting)"
        if kind == 6:
            return self._typed(title)
        return self.rng.choice((title.lower(), title.upper(), title.replace(" ", "\u00a0", 1)))

    def _typed(self, text: str) -> str:
        """A typing error: a letter left out, doubled, swapped or wrong."""
        places = [place for place in range(1, len(text) - 1) if text[place : place + 2].isalpha()]
        if not places:
            return text
        place = self.rng.choice(places)
        kind = self.rng.randrange(4)
        if kind == 0:
            return text[:place] + text[place + 1 :]
        if kind == 1:
            return text[:place] + text[place] + text[place:]
        if kind == 2:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        return text[:place] + self.rng.choice("aeinrst") + text[place + 1 :]

    def _less(self, record: Record) -> Record:
        kind = self.rng.randrange(5)
        if kind == 0:
            return replace(record, organization=None)
        if kind == 1:
            return replace(record, department=None)
        if kind == 2:
            return replace(record, industry=None)
        return replace(record, label=None) if kind == 3 else replace(record, typical=())

    def _other_company(self, record: Record) -> Record:
        if record.organization is None:
            return replace(record, department=None)
        kind = self.rng.randrange(3)
        company = record.organization
        if kind == 0:
            return replace(
                record, organization=company + self.rng.choice((" Ltd.", ", Inc.", " GmbH", " AG"))
            )
        if kind == 1:
            return replace(record, organization=self._typed(company))
        return replace(record, organization=company.upper())
