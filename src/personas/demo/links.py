"""Rows of the two old link tables: personas to roles, jobs-to-be-done to personas."""

from collections.abc import Iterator
from random import Random

from personas.demo import words
from personas.demo.awkward_dh import SHARED_ID_ROW as SHARED_ID_DH_ROW
from personas.demo.awkward_org import SHARED_ID_ROW
from personas.demo.columns import json_lists, mixture
from personas.demo.dh_personas import dh_id
from personas.demo.neighbours import job_ids, role_count, role_id
from personas.demo.org_personas import org_id, org_primary_role
from personas.demo.values import Draw, Row, Value, moment, uuid_of, wrapped

_ROLE_COUNTS = (0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3)


def role_mappings(seed: int, org_rows: int) -> Iterator[Row]:
    """About 1.2 roles for each org persona; mostly its primary role, not always, and not always marked so."""
    rng = Random(f"{seed}/persona_role_mapping")
    confidence = mixture(rng, 100, (80, ["high"]), (15, ["medium"]), (5, ["low"]))
    contexts = mixture(
        rng, 100, (80, [None]), (15, ["Reviews at stage two", "Stands in for the lead"]), (5, [""])
    )
    number = 0
    for persona in range(org_rows):
        draw = Draw(seed, "roles of", persona)
        count = 2 if persona <= SHARED_ID_ROW else draw.one_of(_ROLE_COUNTS)
        first = org_primary_role(seed, persona)
        start = draw.below(role_count()) if first is None or draw.below(20) == 0 else first
        for position in range(count):
            # The first three show: two primary roles, none, and one that is not known.
            marks: tuple[Value, ...] = (
                ((True, True), (False, False), (None, True))[persona] if persona < 3 else ()
            )
            is_primary = marks[position] if marks else _mark(draw, position)
            yield {
                "id": uuid_of(seed, "persona_role_mapping", number),
                "persona_id": org_id(seed, persona),
                "org_role_id": role_id(seed, (start + position * 11) % role_count()),
                "match_type": "direct" if draw.below(10) else "inferred",
                "match_confidence": draw.one_of(confidence),
                "match_score": None if draw.below(10) < 7 else draw.below(101),
                "is_primary_role": is_primary,
                "role_context": draw.one_of(contexts),
                "created_at": moment(0),
                "updated_at": moment(number % 10_000),
                "created_by": None if draw.below(4) else "import",
            }
            number += 1


def _mark(draw: Draw, position: int) -> Value:
    luck = draw.below(20)
    if luck < 3:
        return None
    return position == 0 if luck < 18 else position != 0


def job_links(seed: int, dh_rows: int, org_rows: int) -> Iterator[Row]:
    """Links to some 15 % of the personas, by the one pointer or the other, some by both."""
    rng = Random(f"{seed}/jtbd_org_persona_mapping")
    barriers = json_lists(rng, words.TROUBLES)
    texts = mixture(rng, 100, (70, [None]), (26, words.ACTIVITIES), (2, [""]), (2, [" \n"]))
    frequencies = mixture(rng, 100, (60, [None]), (37, ["daily", "weekly", "Monthly ", "ad hoc"]), (3, [""]))
    scores = mixture(rng, 100, (80, range(1, 11)), (12, [None]), (4, [1]), (4, [10]))
    for number, (job, org_persona, dh_persona) in enumerate(_pointers(seed, dh_rows, org_rows)):
        draw = Draw(seed, "link", number)
        yield {
            "id": uuid_of(seed, "jtbd_org_persona_mapping", number),
            "jtbd_id": job,
            "persona_id": org_persona,
            "relevance_score": (1, 10, None)[number] if number < 3 else draw.one_of(scores),
            "typical_frequency": draw.one_of(frequencies),
            "use_case_examples": draw.one_of(texts),
            "expected_benefit": draw.one_of(texts),
            "adoption_barriers": wrapped(["Cost", "Trust"]) if number == 0 else draw.one_of(barriers),
            "created_at": moment(number % 10_000),
            "updated_at": moment(number % 10_000, 7),
            "persona_dh_id": dh_persona,
        }


def _pointers(seed: int, dh_rows: int, org_rows: int) -> Iterator[tuple[str, Value, Value]]:
    """Job, org persona, dh persona of each link; a job and an org persona meet once at most."""
    jobs = job_ids()
    for persona in range(org_rows):
        draw = Draw(seed, "jobs of org", persona)
        if persona in (0, 1, SHARED_ID_ROW) or draw.below(100) < 12:
            first = draw.below(len(jobs))
            for position in range(1 + draw.below(2)):
                both = dh_rows and (persona == 0 or draw.below(12) == 0)
                other = dh_id(seed, draw.below(dh_rows)) if both else None
                yield jobs[(first + position * 7) % len(jobs)], org_id(seed, persona), other
    for persona in range(dh_rows):
        draw = Draw(seed, "jobs of dh", persona)
        if persona in (0, 1, SHARED_ID_DH_ROW) or draw.below(100) < 12:
            first = draw.below(len(jobs))
            for position in range(1 + draw.below(2)):
                yield jobs[(first + position * 7) % len(jobs)], None, dh_id(seed, persona)
            if persona == 0 or draw.below(100) == 0:
                yield jobs[first], None, dh_id(seed, persona)
