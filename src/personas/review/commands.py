"""`personas review`: the walk, and its parts for programs."""

import io
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

import click
import psycopg

from personas.connection import connect
from personas.errors import PersonasError
from personas.proof.json_text import as_json
from personas.review.deciding import decide, desk_from_environment, reviewer, undo
from personas.review.decisions import PLACE, VERDICTS, checked_text
from personas.review.queue import Details, Waiting, details_of
from personas.review.rows import parse_key
from personas.review.text import cut, visible

NEXT = "Next: `personas build` makes it so."
_NAMES = 32
_INTERRUPTED = 130

_by = click.option(
    "--by", metavar="NAME", help="Who decides (default: git's user.name, else the login name)."
)
_limit = click.option("--limit", type=click.IntRange(min=1), help="Only so many pairs, the likeliest first.")
# Below it, of the real pairs that people labelled none was the same persona (docs/linking.md).
LEAST_PROBABILITY = 0.01
_likely = click.option(
    "--min-probability",
    type=click.FloatRange(0, 1),
    default=LEAST_PROBABILITY,
    show_default=True,
    help="Only pairs as likely as this; 0 shows all.",
)


def _key(context: click.Context, parameter: click.Parameter, text: str) -> str:
    return parse_key(text)


_left = click.argument("left", callback=_key)
_right = click.argument("right", callback=_key)


@click.group(invoke_without_command=True)
@_by
@_limit
@_likely
@click.pass_context
def review(context: click.Context, by: str | None, limit: int | None, min_probability: float) -> None:
    """Decide which probable pairs are one persona.

    Without a command: a walk through the queue, a pair a page, a key a decision. Each is written to
    seeds/match_decisions.csv at once; the next build obeys.
    """
    if context.invoked_subcommand:
        if by or limit or min_probability != LEAST_PROBABILITY:
            raise click.UsageError(f"options go after `{context.invoked_subcommand}`")
        return
    from personas.review.terminal import RealTerminal
    from personas.review.walk import Walk

    terminal = RealTerminal()
    _print_whatever_there_is()
    desk = desk_from_environment()
    who = checked_text(by or reviewer(desk.path.parent), "name")
    queue = desk.waiting()
    walk = Walk(desk, terminal, _chosen(queue, limit, min_probability), who)
    interrupted = False
    try:
        walk.run()
    except KeyboardInterrupt:
        interrupted = True
    except (PersonasError, psycopg.Error):
        click.echo(f"Decided: {len(walk.made)}. All of it is in {PLACE}.")
        raise
    click.echo("")
    _tell_left_out(queue, min_probability)
    _sum_up(walk.made.values(), len(_chosen(desk.waiting(), None, min_probability)))
    if interrupted:
        context.exit(_INTERRUPTED)


@review.command("list")
@_limit
@_likely
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, with all that the queue says.")
def list_pairs(limit: int | None, min_probability: float, as_json: bool) -> None:
    """Print the pairs that wait: probability, both rows, both names.

    What the file decides already is left out, although no build has obeyed yet.
    """
    _print_whatever_there_is()
    desk = desk_from_environment()
    queue = desk.waiting()
    chosen = _chosen(queue, limit, min_probability)
    with connect(autocommit=True) as connection:
        details = details_of(connection, desk.places, chosen)
    for pair in chosen:
        if found := details.get((pair.left, pair.right)):
            click.echo(_as_json(found) if as_json else _as_line(found))
    _warn(desk.problems())
    if not as_json:
        click.echo(_next_of_list(len(chosen), len(queue)), err=True)
    _tell_left_out(queue, min_probability)


@review.command("decide")
@_left
@_right
@click.argument("verdict", type=click.Choice(VERDICTS))
@click.option("--reason", required=True, help="Why, in a sentence that convinces the next reader.")
@_by
@click.option("--replace", is_flag=True, help="Decide a pair anew; its line gives way.")
def decide_pair(left: str, right: str, verdict: str, reason: str, by: str | None, replace: bool) -> None:
    """Decide that two rows are the same persona, or different ones.

    LEFT and RIGHT are rows as `personas review list` prints them, e.g. dh_personas:832cb181-….
    """
    desk = desk_from_environment()
    who = by if by is not None else reviewer(desk.path.parent)
    written = decide(desk, left, right, verdict, reason, who, replace)
    click.echo(f"Written: {left} and {right} are {verdict}, line {written.line} of {PLACE}.")
    _warn(written.problems)
    click.echo(NEXT)


@review.command("undo")
@_left
@_right
def undo_pair(left: str, right: str) -> None:
    """Take the decision about two rows out of the file."""
    desk = desk_from_environment()
    for number, old in undo(desk, left, right):
        said = f"{old.verdict}, by {old.decided_by}: {old.reason}"
        click.echo(f"Taken out: line {number} of {PLACE} ({visible(said)}).")
    click.echo(NEXT)


def _chosen(queue: Sequence[Waiting], limit: int | None, min_probability: float) -> list[Waiting]:
    return [pair for pair in queue if pair.probability >= min_probability][:limit]


def _tell_left_out(queue: Sequence[Waiting], min_probability: float) -> None:
    left_out = sum(pair.probability < min_probability for pair in queue)
    if left_out:
        click.echo(
            f"Left out: {left_out} less probable than {100 * min_probability:g} %; --min-probability 0 "
            "shows them.",
            err=True,
        )


def _as_line(details: Details) -> str:
    names = (details[f"{side}_record"].get("name") or "(no name)" for side in ("left", "right"))
    told = " | ".join(cut(visible(str(name)), _NAMES) for name in names)
    return f"{details['match_probability']:.4f}  {details['left_key']}  {details['right_key']}  {told}"


def _as_json(details: Details) -> str:
    # Everything beyond ASCII escaped, so that no value steers a terminal.
    renamed = {"left": details["left_key"], "right": details["right_key"], **details}
    told = {name: value for name, value in renamed.items() if not name.endswith("_key")}
    return as_json(told, ensure_ascii=True)


def _next_of_list(listed: int, waiting: int) -> str:
    if not listed:
        return "Nothing to decide." if not waiting else f"None as likely as that; {waiting} pairs wait."
    decided = "`personas review decide LEFT RIGHT same|different --reason TEXT` decides one"
    return f"{listed} of {waiting} pairs that wait. Next: {decided}, `personas review` walks through them."


def _sum_up(made: Iterable[str], left: int) -> None:
    """The end of a walk: how much was decided, how much is left, what comes next."""
    counts = Counter(made)
    waiting = "no pair waits" if not left else f"{left} pair{'s wait' if left > 1 else ' waits'}"
    if not counts:
        click.echo(f"Nothing decided; {waiting}.")
        return
    decided = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    click.echo(f"Decided: {decided}; {waiting}. All of it is in {PLACE}.")
    click.echo(NEXT)


def _warn(found: Iterable[tuple[int, str]]) -> None:
    for line, told in found:
        click.echo(f"Note: the build will be red at {PLACE}, line {line}: {told}.", err=True)


def _print_whatever_there_is() -> None:
    """A name that the terminal's encoding lacks must not end the review."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
