"""The closed room in which a template runs: plain data, a short list of filters, nothing else.

Jinja's immutable sandbox still hands out every public method of a value, and knows no bound on
work. So here a name reaches only into dictionaries, `loop` apart; there are no calls and no
globals. What can still run for long is bounded by the child process (`mail/kitchen.py`).
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.loaders import BaseLoader
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mail.filters import FILTERS, TESTS, Unfit

LOOP = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0"})


class Room(ImmutableSandboxedEnvironment):
    """The environment of every mail; counts what it compiles."""

    intercepted_binops = frozenset({"*", "**", "%", "//", "/", "+", "-"})

    def __init__(self, loader: BaseLoader, *, html: bool) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=html,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            finalize=printable,
        )
        self.globals.clear()
        self.filters = dict(FILTERS)
        self.tests = dict(TESTS)
        self.compilations = 0
        self._trees: dict[str, nodes.Template] = {}

    def tree(self, source: str, name: str) -> nodes.Template:
        """The syntax tree of a layout or part, which many mails share: to be read, not changed."""
        if source not in self._trees:
            self._trees[source] = self.parse(source, filename=name)
        return self._trees[source]

    def compile(self, *arguments: Any, **options: Any) -> Any:
        self.compilations += 1
        return super().compile(*arguments, **options)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`: an entry of a group of names, never an attribute of a Python value."""
        if isinstance(obj, LoopContext) and attribute in LOOP:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        if isinstance(obj, Undefined):
            raise UndefinedError(f"{argument!s:.60} is asked of a name that does not exist")
        if obj is None:
            hint = f"{argument!s:.60} is asked of what is unknown here; ask first: {{% if … %}}"
        else:
            hint = f"{argument!s:.60}: no such name"
        return self.undefined(hint=hint, name=str(argument)[:60])

    def call(self, __context: Any, __obj: Any, *arguments: Any, **named: Any) -> Any:
        raise SecurityError("mail templates call nothing")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not (_small(left) and _small(right)):
            raise SecurityError(f"{operator} works on small numbers only; join texts with ~")
        return super().call_binop(context, operator, left, right)


def printable(value: Any) -> Any:
    """What may stand in a mail. Raises Unfit for an unknown value and for a group of names."""
    if value is None:
        raise Unfit('a value is unknown here; say what to write instead: {{ name or "there" }}')
    if isinstance(value, Mapping | list):
        raise Unfit("a group of names is no text; name one value of it")
    return value


def _small(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < 10**12
