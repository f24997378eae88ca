"""What each touch to come waits for, and what would have to be true for it to go."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Final

from domain.agenda import Aggregate, agenda
from domain.course import Item
from domain.deal import Deal
from domain.enrollment import Enrollment
from domain.explaining.entry import NOTHING, Explained, Halt, Known
from domain.explaining.needs import need_of
from domain.facts import Facts
from domain.gates import unmet_on_the_way
from domain.permission import blocked
from domain.playbooks.sequence import Sequence as Steps
from domain.reactions import purpose_of
from domain.refusal import NotFound
from domain.sentences import cause, ending, moment, part_name, spoken

OVERDUE: Final = 20
"""After how many times the grace (a minute of wall time) a thing that is due counts as late."""

MAILS: Final = frozenset({"mail", "draft", "missed", "late"})
"""Items that are, or would become, a mail to the contact."""


def coming(
    state: Aggregate, facts: Facts, zone: tzinfo = UTC, known: Known = NOTHING
) -> Iterator[Explained]:
    """What is due or to come, soonest first, then what waits behind the next gate."""
    for item in agenda(state, facts):
        yield _Coming(state, facts, zone, known, item).told()
    if isinstance(state, Deal) and state.open:
        yield from _behind_the_gate(state, facts)


class _Coming:
    """One item of the agenda, explained."""

    def __init__(
        self,
        state: Aggregate,
        facts: Facts,
        zone: tzinfo,
        known: Known,
        item: Item,
    ) -> None:
        self.state, self.facts, self.zone, self.item = state, facts, zone, item
        self.known = known
        its_id = item.enrollment_id
        self.one = next((x for x in state.enrollments if x.enrollment_id == its_id), None)

    def told(self) -> Explained:
        item, one = self.item, self.one
        status, first, need = self._standing()
        more, wants = self._hindrances(status)
        return Explained(
            step=_step_name(item, self.state),
            status=status,
            at=item.at,
            why=[first, *more, *self._details()],
            would_need=need or wants,
            part=one.part if one else None,
            cause=self._began(),
            rule=self._rule(),
            values=self._values(),
            touch_id=item.touch_id,
        )

    def _when(self, at: datetime) -> str:
        return moment(at, self.zone)

    def _standing(self) -> tuple[str, str, str | None]:
        """The status, the first reason, and what would have to be true."""
        item = self.item
        if item.what == "task_due":
            return "open", item.why, self._task_need()
        if item.what == "stuck":
            return "held", item.why, "a calendar that opens some day"
        if item.at is None:
            word = item.why.rpartition("held: ")[2] if "held: " in item.why else item.why
            return "held", item.why, need_of("held", word)
        if item.what in MAILS and self.one is not None:
            sequence = _sequence(self.one, self.facts)
            contact = self.facts.contacts.get(item.contact_id or "")
            barred = blocked(contact, purpose_of(sequence)) if sequence else None
            if barred:
                told = f"as things stand it will not go: {ending(barred)}"
                return "barred", told, need_of("barred", barred)
        return "planned", item.why, None

    def _task_need(self) -> str:
        task = next((one for one in self.state.tasks if one.task_id == self.item.name), None)
        if task is not None and task.verb == "draft":
            return f"the owner approving the draft before {self._when(task.due_at)}"
        return "somebody doing it, or taking it off the list"

    def _hindrances(self, status: str) -> tuple[list[str], str | None]:
        """What stands in the way of a thing that has its date, and what would clear it."""
        item, said, need = self.item, list[str](), None
        if status != "planned" or item.at is None:
            return said, need
        word = self.facts.waits_for.get(item.touch_id or "")
        if word is not None:
            need = need_of("waits", word, item.closes, self.zone)
        if item.what == "skip":
            need = need_of("skipped", item.why)
        if item.what == "yield":
            need = need_of("held", "yields_to_cadence")
        if item.what in ("missed", "late"):
            said.append("its window has passed while nothing could go out")
            need = need_of("missed", "", item.closes, self.zone)
        halt = self.known.halts.get(item.enrollment_id or "")
        if item.what in MAILS and halt is not None:
            said.append(self._halted(halt))
            need = need_of("waits", halt.word, item.closes, self.zone)
        elif self.facts.now > item.at + self.facts.grace * OVERDUE:
            due = f"it is due since {self._when(item.at)}"
            if self.known.then:  # no worker may have run, or it was before waits were kept
                return [*said, f"{due}; why it had not gone by then is not kept"], need
            said.append(f"{due} and no worker has done it yet")
            need = need or "a worker that runs"
        return said, need

    def _halted(self, halt: Halt) -> str:
        since = self._when(halt.since)
        if halt.mailbox is None:
            return f"all mail is stopped since {since}"
        what = "" if halt.scope == "all" else f" for {halt.scope} mail"
        why = f": {halt.reason}" if halt.reason else ""
        return f"its mailbox {halt.mailbox} is halted{what} since {since}{why}"

    def _details(self) -> list[str]:
        said: list[str] = []
        item, rules = self.item, self.facts.rules
        if item.opens is not None and item.closes is not None:
            said.append(f"window {self._when(item.opens)} to {self._when(item.closes)}")
        if item.moved:
            said.append(f"moved: {spoken(item.moved)}")
        elif item.slot_at is not None and item.what in ("mail", "call"):
            mode = "spread over" if rules.calendar.slot == "spread" else "the earliest of"
            said.append(f"slot {self._when(item.slot_at)}, {mode} the open hours of the window")
        rule = self._rule()
        said += [f"rule {rule}"] if rule else []
        if item.what == "flag" and isinstance(self.state, Deal):
            said.append(_BEFORE[item.name](self.state, self.zone))
        return said

    def _rule(self) -> str | None:
        rules = self.facts.rules
        if self.one is not None:
            return rules.label(self.one.part, self.one.version)
        if self.item.what in _LIMITS and isinstance(self.state, Deal):
            return rules.label("limits", rules.limits_version)
        return None

    def _began(self) -> str | None:
        if self.one is None:
            return None
        since, because = self._when(self.one.started_at), cause(self.one.because)
        return f"{part_name(self.one.part)} began on {since} because {because}"

    def _values(self) -> dict[str, datetime | str]:
        item = self.item
        told = {
            "window_opens": item.opens,
            "window_closes": item.closes,
            "slot": item.slot_at,
            "moved": item.moved,
            "waits_for": self.facts.waits_for.get(item.touch_id or ""),
        }
        return {name: value for name, value in told.items() if value is not None}


def _behind_the_gate(deal: Deal, facts: Facts) -> Iterator[Explained]:
    """The cadence of the nearest stage ahead that has one: what it needs to begin."""
    part = facts.rules.pipeline
    if part is None or deal.stage not in part.pipeline.names:
        return
    pipeline = part.pipeline
    ahead = pipeline.names[pipeline.index(deal.stage) + 1 :]
    running = {one.part for one in deal.active_enrollments}
    for name in ahead:
        cadence = f"cadence:{pipeline.stage(name).cadence}"
        version = facts.rules.newest.get(cadence)
        if name in pipeline.after_won or version is None or cadence in running:
            continue
        wants = unmet_on_the_way(pipeline, deal, name, facts.now)
        gates = [f"the gate of {stage} {', '.join(lacking)}" for stage, lacking in wants]
        why = [f"{part_name(cadence)} begins when the deal enters {name}", *gates]
        need = f"the deal entering {name}"
        need += "; its way there is open" if not gates else ", when these gates are open"
        rule = facts.rules.label(cadence, version)
        first = facts.rules.sequence(cadence, version).steps[0].name
        yield Explained(first, "not_begun", None, [*why, f"rule {rule}"], need, cadence, rule=rule)
        return


def _step_name(item: Item, state: Aggregate) -> str:
    """The name that people know it by: of a task its own, of a promise the word."""
    if item.what.startswith("promise_"):
        return "promise"
    if item.what != "task_due":
        return item.name
    return next((task.name for task in state.tasks if task.task_id == item.name), item.name)


def _sequence(one: Enrollment, facts: Facts) -> Steps | None:
    try:
        return facts.rules.sequence(one.part, one.version)
    except NotFound:
        return None


_LIMITS: Final = frozenset({"flag", "rung", "unflag", "wait_over"})

_BEFORE: Final[dict[str, Callable[[Deal, tzinfo], str]]] = {
    "in_stage": lambda deal, zone: f"in {deal.stage} since {_since(deal.stage_entered_at, zone)}",
    "silence": lambda deal, zone: f"last heard of them: {_since(deal.heard_at, zone)}",
    "our_turn": lambda deal, zone: f"they wrote on {_since(deal.our_turn_since, zone)}",
    "decide_within": lambda deal, zone: (
        f"in {deal.stage} since {_since(deal.stage_entered_at, zone)}"
    ),
    "wait_overdue": lambda deal, zone: f"agreed until {_since(deal.wait_until, zone)}",
}


def _since(at: datetime | None, zone: tzinfo) -> str:
    return moment(at, zone) if at else "never"
