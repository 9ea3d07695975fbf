"""The page: one HTML file that needs nothing else."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from personas.proof import flow_picture
from personas.proof.checks import EXPLAINED
from personas.proof.evidence import Evidence
from personas.proof.last_build import GOOD_FOR
from personas.proof.verdict import Verdict


def render(verdict: Verdict, evidence: Evidence | None) -> str:
    """The page as HTML. Whatever comes from the database is escaped."""
    texts = files("personas.proof")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
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
