"""The row flow as boxes and bands, once for wide screens and paper, once for phones."""

from dataclasses import dataclass

from personas.proof.evidence import Flow

_BOX_HEIGHT = 58
_MAX_BAND = 26.0
_MIN_BAND = 1.5


@dataclass(frozen=True)
class Box:
    """A relation. Lengths are user units of the picture."""

    x: float
    y: float
    width: float
    rows: int
    label: str
    kind: str
    note: str = ""
    height: float = _BOX_HEIGHT


@dataclass(frozen=True)
class Band:
    """A stream of rows: an SVG path and its width."""

    path: str
    width: float
    kind: str


@dataclass(frozen=True)
class Picture:
    """What is drawn, in a frame of `width` by `height`."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    bands: tuple[Band, ...]


# name → (x, y, width): flow to the right, and flow downwards.
_WIDE = {
    "dh_personas": (0, 0, 214),
    "org_personas": (0, 84, 214),
    "old persona_role_mapping": (0, 192, 214),
    "jtbd_org_persona_mapping": (0, 276, 214),
    "persona_source_mapping": (262, 42, 214),
    "persona_link_source_mapping": (262, 234, 214),
    "personas": (524, 42, 190),
    "persona_industry_mapping": (766, 0, 194),
    "persona_role_mapping": (766, 138, 194),
    "persona_jtbd_mapping": (766, 276, 194),
}
_TALL = {
    "dh_personas": (0, 0, 172),
    "org_personas": (188, 0, 172),
    "persona_source_mapping": (70, 96, 220),
    "personas": (70, 192, 220),
    "persona_industry_mapping": (0, 288, 114),
    "persona_role_mapping": (123, 288, 114),
    "persona_jtbd_mapping": (246, 288, 114),
    "persona_link_source_mapping": (70, 384, 220),
    "old persona_role_mapping": (0, 480, 172),
    "jtbd_org_persona_mapping": (188, 480, 172),
}
_STREAMS = (
    ("dh_personas", "persona_source_mapping"),
    ("org_personas", "persona_source_mapping"),
    ("persona_source_mapping", "personas"),
    ("personas", "persona_industry_mapping"),
    ("personas", "persona_role_mapping"),
    ("personas", "persona_jtbd_mapping"),
    ("old persona_role_mapping", "persona_link_source_mapping"),
    ("jtbd_org_persona_mapping", "persona_link_source_mapping"),
    ("persona_link_source_mapping", "persona_role_mapping"),
    ("persona_link_source_mapping", "persona_jtbd_mapping"),
)
# From what the proof does not count separately: drawn thin, without a measure.
_UNMEASURED = frozenset({"persona_industry_mapping", "persona_role_mapping", "persona_jtbd_mapping"})


def wide(flow: Flow) -> Picture:
    """From left to right."""
    boxes = _boxes(flow, _WIDE, short=False)
    return Picture(960, 334, tuple(boxes.values()), _bands(boxes, downwards=False))


def tall(flow: Flow) -> Picture:
    """From top to bottom; the old links come from below."""
    boxes = _boxes(flow, _TALL, short=True)
    return Picture(360, 538, tuple(boxes.values()), _bands(boxes, downwards=True))


def _boxes(flow: Flow, layout: dict[str, tuple[int, int, int]], short: bool) -> dict[str, Box]:
    old = {
        "old persona_role_mapping" if name == "persona_role_mapping" else name: rows
        for name, rows in flow.old.items()
    }
    notes = {
        "persona_source_mapping": f"{flow.deleted_at_source:,} gone at the source",
        "personas": f"{flow.living:,} living · {flow.soft_deleted:,} soft-deleted",
    }
    boxes = {}
    for name, (x, y, width) in layout.items():
        kind = "old" if name in old else "key" if name.endswith("source_mapping") else "new"
        label = name.removeprefix("persona_").replace("_", " ") if short and width < 120 else name
        rows = old[name] if name in old else flow.new[name]
        boxes[name] = Box(x, y, width, rows, label, kind, notes.get(name, ""))
    return boxes


def _bands(boxes: dict[str, Box], downwards: bool) -> tuple[Band, ...]:
    most = max((box.rows for box in boxes.values()), default=0) or 1
    bands = []
    for start, end in _STREAMS:
        measured = end not in _UNMEASURED
        width = max(boxes[start].rows / most * _MAX_BAND, _MIN_BAND) if measured else 2.0
        path = (_down if downwards else _right)(boxes[start], boxes[end])
        bands.append(Band(path, round(width, 1), "measured" if measured else "thin"))
    return tuple(bands)


def _right(start: Box, end: Box) -> str:
    x0, y0 = start.x + start.width, start.y + start.height / 2
    x1, y1 = end.x, end.y + end.height / 2
    middle = (x0 + x1) / 2
    return f"M{x0:g} {y0:g}C{middle:g} {y0:g} {middle:g} {y1:g} {x1:g} {y1:g}"


def _down(start: Box, end: Box) -> str:
    is_below = end.y > start.y
    x0, y0 = start.x + start.width / 2, start.y + (start.height if is_below else 0)
    x1, y1 = end.x + end.width / 2, end.y + (0 if is_below else end.height)
    middle = (y0 + y1) / 2
    return f"M{x0:g} {y0:g}C{x0:g} {middle:g} {x1:g} {middle:g} {x1:g} {y1:g}"
