"""Running a state machine of Hypothesis: the same stories on every machine, however busy it is."""

from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

TRIES: Final = 3
"""How often the source of a machine is read, where Python itself stumbles over it."""


def run_machine(machine: type[RuleBasedStateMachine], stories: int, steps: int = 40) -> None:
    """So many stories; the first that fails is told step by step."""
    told = settings(
        max_examples=stories,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    for left in reversed(range(TRIES)):
        try:
            return run_state_machine_as_test(machine, settings=told)
        except SystemError as fault:
            # Before the first story the source of the class is parsed. CPython 3.11 miscounts
            # now and then while another thread parses too: github.com/python/cpython/issues/106905
            if "AST constructor" not in str(fault) or not left:
                raise
    return None
