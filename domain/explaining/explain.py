"""The explanation of a deal or a nurture: every touch of the past, then what is to come."""

from collections.abc import Sequence
from datetime import UTC, tzinfo

from domain.agenda import Aggregate, subject_of
from domain.explaining.coming import coming
from domain.explaining.entry import NOTHING, Explained, Heard, Known
from domain.explaining.past import Past
from domain.facts import Facts


def explain(
    heard: Sequence[Heard],
    state: Aggregate,
    facts: Facts,
    *,
    zone: tzinfo = UTC,
    known: Known = NOTHING,
) -> list[Explained]:
    """Every touch of the past in order, then what comes next in order of its moment.

    `heard` is the whole stream; `facts` may lack old versions of sequences, whose steps are
    then told without their own words. Moments in the sentences are told in `zone`.
    """
    past = Past(facts, subject_of(state, facts).spread_first, zone, known.waits)
    for one in heard:
        past.hear(one)
    return [*past.told, *coming(state, facts, zone, known)]
