"""Nothing that could be left half done stands without a named point before and after it."""

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

from activities.crashpoints import POINTS, TAKING, TELLING
from tests.support.scenes import STAGES

ROOT = Path(__file__).parents[2]
ROOM = sorted((ROOT / "activities").glob("*.py"))
TAKERS = sorted((ROOT / "operations" / "inbound").glob("*.py"))
HANDOVER = ROOT / "mail" / "handover.py"

UNBRACKETED = {
    "performing.deliver_open": "its rows go through the same claim, data and outcome",
    "performing._defer": "undoes a claim: before it the row is taken over, after it it is planned",
    "faults.flag_fault": "a mark for a person, made again at the next fault",
    "rounds.audit": "nudges alone: one that is lost costs a useless wake-up, never a mail",
    "morning._keep": "a row that is planned by its id, and by the next round if not by this one",
    "inbox._failed": "why a mailbox could not be read, for people",
    "writing._token": "the way out of a mail: the same on every try",
    "writing._token_address": "where a mail comes back to: the same on every try",
    "inbox.attach": "a person's word in one transaction, known by its id when it is said again",
    "inbox.ignore": "as above",
    "forgetting.forget_ignored": "what is left goes at the next round",
    "delivering._prune": "as above",
    "addresses.issue": "the address of a deal: the same on every try",
}
"""Commits that hold no step of a command or a mail, and why."""

SPEAKS = ("client.connect(", "client.ehlo(", "execute_command(", "protocol.write(", "client.rset(")
"""How the code says anything to a relay. QUIT comes when everything is written down."""


def test_every_crash_point_in_the_code_is_known() -> None:
    assert sorted(_named_in_code()) == sorted([*POINTS, *TAKING, *TELLING])


def test_every_commit_of_a_mail_or_command_stands_between_two_points() -> None:
    """Each function that opens a transaction names a point, or it is told why it does not."""
    bare = {
        f"{path.stem}.{function.name}"
        for path in (*ROOM, *TAKERS)
        for function in _outer_functions(_parsed(path))
        if "store.write(" in ast.unparse(function) and "crashpoint(" not in ast.unparse(function)
    }
    assert bare == set(UNBRACKETED)


def test_every_activity_names_its_beginning_and_its_end() -> None:
    """A step of a workflow is an activity: what it asked for, and what it was answered."""
    for path in ROOM:
        for function in _outer_functions(_parsed(path)):
            if not any("activity.defn" in ast.unparse(one) for one in function.decorator_list):
                continue
            first = function.body[1 if ast.get_docstring(function) else 0]
            assert "begun" in ast.unparse(first), f"{path.stem}.{function.name}"
            *_, answers, returns = function.body
            assert "answered" in ast.unparse(answers), f"{path.stem}.{function.name}"
            assert isinstance(returns, ast.Return)


def test_every_word_to_a_relay_has_a_point_before_it() -> None:
    """In the same function, nearer than whatever was said before it."""
    said = 0
    for function in _outer_functions(_parsed(HANDOVER)):
        ready = False
        for line in ast.unparse(function).splitlines():
            ready = ready or "passing(" in line
            if any(word in line for word in SPEAKS):
                assert ready, f"{function.name}: {line.strip()}"
                ready, said = False, said + 1
    assert said == 7, "connect, EHLO, MAIL and RCPT, DATA, body, dot, RSET"


def test_every_relay_of_a_worker_passes_its_points_on() -> None:
    """Points that nobody passes are points at which nothing is tried."""
    tree = _parsed(ROOT / "operations" / "post" / "mail_work.py")
    pools = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Pool"
    ]
    assert pools
    assert all("passing=crashpoint" in ast.unparse(one) for one in pools)


def test_a_worker_is_stopped_while_it_waits_for_each_answer_too() -> None:
    asked = {"connect", "ehlo", "mail", "rcpt", "data", "body", "dot"}
    assert set(STAGES) == asked


def _parsed(path: Path) -> ast.Module:
    """The code of a file. Python before 3.11.8 miscounts its depth when garbage is collected
    in the middle and what is let go of is parsed as well (python/cpython#106905)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(path.read_text())
    finally:
        if collecting:
            gc.enable()


def _outer_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    classes = (one for one in tree.body if isinstance(one, ast.ClassDef))
    for node in [*tree.body, *(node for one in classes for node in one.body)]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _named_in_code() -> set[str]:
    """The points of the activities, and those that the relay's side passes on."""
    found = set()
    for path in [*ROOM, *TAKERS, HANDOVER]:
        for node in ast.walk(_parsed(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "crashpoint":
                found.add(ast.literal_eval(node.args[0]))
            if path == HANDOVER and isinstance(node, ast.Constant):
                found |= {node.value} if str(node.value).startswith("smtp.before_") else set()
    return found
