"""Every name in a template against the models of what it may name, before it is ever rendered.

    templates/mail/follow-up-1.md:7:10 owner.nme no such name; did you mean owner.name?

The template's syntax tree is walked with the types of the context: through layouts, included
parts, loops, and the names that `set` and `with` give. What cannot be followed is refused, and so
is every statement that a mail has no use for.
"""

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple, Union, get_args, get_origin

from jinja2 import nodes
from pydantic import BaseModel

from mail.filters import FILTERS, TESTS
from mail.sandbox import LOOP


@dataclass(frozen=True)
class Group:
    """A value with names in it."""

    names: Mapping[str, Any]


@dataclass(frozen=True)
class Many:
    """A list of values of one kind."""

    of: Any


@dataclass(frozen=True)
class Anything:
    """A value that any name may be asked of: custom fields when the playbook is not given."""


@dataclass(frozen=True)
class Plain:
    """Text, a number, a yes or no; `want`: the filter without which it reads like a machine's."""

    want: str = ""


@dataclass(frozen=True)
class Either:
    """`a or b`: a name must be there in both."""

    kinds: tuple[Any, ...]


PLAIN = Plain()
_WANTED = {datetime: Plain("date or | time"), date: Plain("date"), Decimal: Plain("money")}
Kind = Group | Many | Anything | Plain | Either
Scope = dict[str, Kind]


def group_of(model: type[BaseModel], fields: Mapping[str, str] | None = None) -> Group:
    """The names of a model. `fields`: the playbook's custom fields and their types, if known."""
    names: dict[str, Kind] = {}
    for name, info in model.model_fields.items():
        if name == "fields":
            names[name] = Anything() if fields is None else Group(_custom(fields))
        else:
            names[name] = _kind(info.annotation, fields)
    return Group(names)


def _custom(fields: Mapping[str, str]) -> dict[str, Kind]:
    return {name: Many(PLAIN) if "list" in kind else PLAIN for name, kind in fields.items()}


def _kind(annotation: Any, fields: Mapping[str, str] | None) -> Kind:
    if get_origin(annotation) in (Union, types.UnionType):
        real = [each for each in get_args(annotation) if each is not type(None)]
        return _kind(real[0], fields) if len(real) == 1 else PLAIN
    if get_origin(annotation) in (list, tuple):
        return Many(_kind(get_args(annotation)[0], fields))
    if get_origin(annotation) is dict:
        return Anything()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return group_of(annotation, fields)
    return _WANTED.get(annotation, PLAIN)


class Found(NamedTuple):
    """A fault at a line; `part` is the included file that it stands in, if it does."""

    line: int
    path: str
    message: str
    part: str = ""


@dataclass
class Reader:
    """Walks one syntax tree; `found` are the faults, `doubts` what reads like a machine's."""

    include: Callable[[str], nodes.Template]
    found: list[Found] = field(default_factory=list)
    doubts: list[Found] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    _within: list[str] = field(default_factory=list)
    _layout: bool = False

    def read(
        self, tree: nodes.Template, names: Group, *, layout: bool = False, page: bool = False
    ) -> None:
        """A layout has blocks; a page fills one of them; a subject or text has none."""
        self._layout = layout
        scope = dict(names.names)
        for statement in tree.body:
            if isinstance(statement, nodes.Extends) and (layout or page):
                continue  # the layout is read by itself
            if isinstance(statement, nodes.Block) and page:
                self._body(statement.body, scope)
            else:
                self._body([statement], scope)

    def _body(self, statements: list[nodes.Node], scope: Scope) -> None:
        for statement in statements:
            act = _STATEMENTS.get(type(statement))
            if act is None:
                self._fault(statement, f"{_spelled(statement)} has no place in a mail")
            else:
                act(self, statement, scope)

    def _fault(self, node: nodes.Node, message: str, path: str = "") -> None:
        self.found.append(self._at(node, path, message))

    def _at(self, node: nodes.Node, path: str, message: str) -> Found:
        # Jinja gives no line to a scope that its own marks make.
        return Found(node.lineno or 1, path, message, self._within[-1] if self._within else "")

    # Statements

    def _output(self, node: nodes.Output, scope: Scope) -> None:
        for expression in node.nodes:
            kind = self.kind(expression, scope)
            if isinstance(kind, Group | Many):
                told = "holds several values; name one of them"
                self._fault(expression, told, _path(expression))
            wanted = [one.want for one in _kinds(kind) if isinstance(one, Plain) and one.want]
            if wanted:
                told = f"reads like a machine's: write | {wanted[0]} behind it"
                # Of `a.b or c` the first name: that is what somebody looks for.
                named = None if _path(expression) != "(…)" else expression.find(nodes.Getattr)
                path = _path(named or expression)
                self.doubts.append(self._at(expression, path, told))

    def _if(self, node: nodes.If, scope: Scope) -> None:
        self.kind(node.test, scope)
        for statements in (node.body, *(branch for branch in [node.else_] if branch)):
            self._body(statements, scope)
        for branch in node.elif_:
            self._if(branch, scope)

    def _for(self, node: nodes.For, scope: Scope) -> None:
        over = self.kind(node.iter, scope)
        if not isinstance(over, Many | Anything):
            self._fault(node, "is no list to go through", _path(node.iter))
        inner = dict(scope)
        inner["loop"] = Group(dict.fromkeys(LOOP, PLAIN))
        self._bind(node.target, over.of if isinstance(over, Many) else Anything(), inner)
        if node.test:
            self.kind(node.test, inner)
        self._body(node.body, inner)
        self._body(node.else_, scope)

    def _assign(self, node: nodes.Assign, scope: Scope) -> None:
        self._bind(node.target, self.kind(node.node, scope), scope)

    def _assign_block(self, node: nodes.AssignBlock, scope: Scope) -> None:
        self._body(node.body, dict(scope))
        self._bind(node.target, PLAIN, scope)

    def _with(self, node: nodes.With, scope: Scope) -> None:
        inner = dict(scope)
        for target, value in zip(node.targets, node.values, strict=True):
            self._bind(target, self.kind(value, scope), inner)
        self._body(node.body, inner)

    def _block(self, node: nodes.Block, scope: Scope) -> None:
        if not self._layout:
            self._fault(node, "{% block %} belongs in a layout")
        self._body(node.body, dict(scope))

    def _include(self, node: nodes.Include, scope: Scope) -> None:
        if not isinstance(node.template, nodes.Const):
            self._fault(node, "include wants the name of a part in quotes")
            return
        name = str(node.template.value)
        if name in self._within:
            self._fault(node, "includes itself", name)
            return
        part = self.include(name)
        if not self._layout and part.find(nodes.Block):
            self._fault(node, "is a layout; a mail is set in its own and includes parts", name)
            return
        self._within.append(name)
        self._body(part.body, dict(scope))
        self._within.pop()

    def _bind(self, target: nodes.Node, kind: Kind, scope: Scope) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = kind
        else:
            self._fault(target, "give one name at a time")

    # Expressions

    def kind(self, node: nodes.Node, scope: Scope) -> Kind:
        """What an expression stands for; faults are noted on the way."""
        if isinstance(node, nodes.Name):
            return self._name(node, scope)
        if isinstance(node, nodes.Getattr):
            return self._step(node, node.node, node.attr, scope)
        if isinstance(node, nodes.Getitem):
            return self._item(node, scope)
        if isinstance(node, nodes.Call | nodes.Dict | nodes.Slice):
            self._fault(node, f"{_spelled(node)} has no place in a mail")
            return Anything()
        kinds = [self.kind(child, scope) for child in node.iter_child_nodes()]
        if isinstance(node, nodes.Test) and node.name not in TESTS:
            told = f"no such test{_near(node.name, TESTS, 'is ')}"
            self._fault(node, told, f"is {node.name}")
        if isinstance(node, nodes.Filter):
            return self._filtered(node, kinds)
        if isinstance(node, nodes.CondExpr):
            kinds = [self.kind(part, scope) for part in (node.expr1, node.expr2) if part]
            return _either(kinds)
        if isinstance(node, nodes.Or | nodes.And):
            return _either(kinds)
        if isinstance(node, nodes.List | nodes.Tuple):
            return Many(_either(kinds))
        return PLAIN

    def _name(self, node: nodes.Name, scope: Scope) -> Kind:
        if node.name in scope:
            self.used.add(node.name)
            return scope[node.name]
        self._fault(node, f"no such name{_near(node.name, scope, '')}", node.name)
        return Anything()

    def _item(self, node: nodes.Getitem, scope: Scope) -> Kind:
        key = node.arg.value if isinstance(node.arg, nodes.Const) else None
        if isinstance(key, str):
            return self._step(node, node.node, key, scope)
        inner = self.kind(node.node, scope)
        if isinstance(key, int) and isinstance(inner, Many | Anything):
            return inner.of if isinstance(inner, Many) else inner
        self._fault(node, "write a name or a number of a list", f"{_path(node.node)}[…]")
        return Anything()

    def _step(self, node: nodes.Node, inside: nodes.Node, name: str, scope: Scope) -> Kind:
        outer = self.kind(inside, scope)
        path = _path(inside)
        found = [_ask(kind, name) for kind in _kinds(outer)]
        if all(kind is not None for kind in found):
            self.used.add(f"{path}.{name}")
            return _either([kind for kind in found if kind is not None])
        known = [kind.names for kind in _kinds(outer) if isinstance(kind, Group)]
        if known:
            hint = _near(name, known[0], f"{path}.")
        else:
            hint = f"; {path} is " + ("a list" if isinstance(outer, Many) else "a plain value")
        self._fault(node, f"no such name{hint}", f"{path}.{name}")
        return Anything()

    def _filtered(self, node: nodes.Filter, kinds: list[Kind]) -> Kind:
        if node.name not in FILTERS:
            told = f"no such filter{_near(node.name, FILTERS, '| ')}"
            self._fault(node, told, f"| {node.name}")
        if node.name in ("first", "last") and kinds and isinstance(kinds[0], Many):
            element: Kind = kinds[0].of
            return element
        return _either(kinds) if node.name == "default" else PLAIN


_STATEMENTS: dict[type[nodes.Node], Callable[[Reader, Any, Scope], None]] = {
    nodes.Output: Reader._output,
    nodes.If: Reader._if,
    nodes.For: Reader._for,
    nodes.Assign: Reader._assign,
    nodes.AssignBlock: Reader._assign_block,
    nodes.With: Reader._with,
    nodes.Block: Reader._block,
    nodes.Include: Reader._include,
}
_SPELLED = {
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from %}",
    nodes.Scope: "{% autoescape %}",
    nodes.Call: "a call with ( )",
    nodes.Dict: "a { } of one's own",
    nodes.Slice: "a slice with :",
}


def _spelled(node: nodes.Node) -> str:
    return _SPELLED.get(type(node), f"{{% {type(node).__name__.lower()} %}}")


def _ask(kind: Kind, name: str) -> Kind | None:
    if isinstance(kind, Group):
        return kind.names.get(name)
    return kind if isinstance(kind, Anything) else None


def _kinds(kind: Kind) -> Iterator[Kind]:
    if isinstance(kind, Either):
        for each in kind.kinds:
            yield from _kinds(each)
    else:
        yield kind


def _either(kinds: list[Kind]) -> Kind:
    distinct = tuple(dict.fromkeys(kinds)) if all(map(_hashable, kinds)) else tuple(kinds)
    return distinct[0] if len(distinct) == 1 else Either(distinct) if distinct else PLAIN


def _hashable(kind: Kind) -> bool:
    return isinstance(kind, Plain | Anything)


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        key = node.arg.value if isinstance(node.arg, nodes.Const) else "…"
        return f"{_path(node.node)}.{key}" if isinstance(key, str) else f"{_path(node.node)}[{key}]"
    if isinstance(node, nodes.Filter) and node.node is not None:
        return f"{_path(node.node)} | {node.name}"
    return "(…)"


def _near(name: str, known: Mapping[str, Any], before: str) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {before}{near[0]}?"
    return "; known: " + ", ".join(sorted(known)) if 0 < len(known) <= 15 else ""
