"""The page: one HTML file that needs nothing else."""

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from personas.proof import flow_picture, waterfall_picture
from personas.proof.checks import EXPLAINED
from personas.proof.evidence import Evidence
from personas.proof.last_build import GOOD_FOR
from personas.proof.verdict import Verdict

_AFTER_SIGN = re.compile("([_.])")
_SIGNS = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽"}


def render(verdict: Verdict, evidence: Evidence | None) -> str:
    """The page as HTML. Whatever comes from the database is escaped."""
    texts = files("personas.proof")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["breakable"] = _breakable
    environment.filters["revealed"] = _revealed
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["percent"] = waterfall_picture.percent
    environment.filters["waterfall"] = waterfall_picture.drawn
    flow = evidence.flow.value if evidence else None
    script = texts.joinpath("report.js").read_text(encoding="utf-8")
    return environment.from_string(texts.joinpath("report.html.j2").read_text(encoding="utf-8")).render(
        verdict=verdict,
        evidence=evidence,
        css=Markup(texts.joinpath("report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704 - our own
        script_hash=f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}",
        pictures=(("wide", flow_picture.wide(flow)), ("tall", flow_picture.tall(flow))) if flow else (),
        explained=EXPLAINED,
        valid_until=verdict.build.valid_until if verdict.build else verdict.checked_at + GOOD_FOR,
    )


def _breakable(name: str) -> Markup:
    """A long name that may break after its underscores and dots."""
    return Markup(_AFTER_SIGN.sub(r"\1<wbr>", str(escape(name))))  # noqa: S704 - escaped before


def _revealed(value: str) -> Markup:
    """A value with marks for what one would not see: white space at its ends, and any but plain spaces."""
    lead = len(value) - len(value.lstrip(" "))
    trail = len(value.rstrip(" "))
    marked = (_sign(character, at_end=not lead <= place < trail) for place, character in enumerate(value))
    return Markup("").join(marked)


def _sign(character: str, at_end: bool) -> Markup | str:
    if (character == " " and not at_end) or (character.isprintable() and character != " "):
        return character
    sign = _SIGNS.get(character) or f"U+{ord(character):04X}"
    break_after = Markup("<br>") if character == "\n" else ""
    return Markup("<mark>{}</mark>{}").format(sign, break_after)
