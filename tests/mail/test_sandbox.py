"""No way out of the room: known escapes, tried against checked words and against the room."""

from typing import Any

import pytest
from jinja2 import DictLoader, TemplateError

from mail.filters import Unfit
from mail.flaws import Flawed, RenderFailed
from mail.render import Renderer, plain
from mail.samples import sample
from mail.sandbox import Room
from tests.mail.conftest import Write

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ contact.__class__ }}",
    "{{ contact['__class__'] }}",
    "{{ contact['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ contact|attr('__class__') }}",
    "{{ contact.items() }}",
    "{{ contact.pop('name') }}",
    "{{ contact.update({'name': 'x'}) }}",
    "{{ assets.append(1) }}",
    "{{ contact.name.format }}",
    "{{ '{0.__class__}'.format(contact) }}",
    "{{ '{a.__class__}'.format_map({'a': contact}) }}",
    "{% set f = '{0.__class__}'.format %}{{ f(contact) }}",
    "{{ ('{0.__class__}'|attr('format'))(contact) }}",
    "{{ [contact]|map(attribute='__class__')|list }}",
    "{{ assets|sum(attribute='__class__') }}",
    "{{ assets|sort(attribute='__class__') }}",
    "{{ contact|xmlattr }}",
    "{{ {'a onload': 'x'}|xmlattr }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ joiner.__init__.__globals__.os }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ lipsum(100000) }}",
    "{{ range(10) }}",
    "{{ dict(a=1) }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.body() }}",
    "{{ loop }}",
    "{{ (lambda: 1)() }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ [1] * 1000000000 }}",
    "{{ 10 ** 100000000 }}",
    "{{ 'a'.center(1000000000) }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ 'a'|ljust(1000000000) }}",
    "{{ '<b>'|safe }}",
    "{{ '%s'|format('x') }}",
    "{{ contact|tojson }}",
    "{{ contact|pprint }}",
    "{% import 'os' as os %}",
    "{% from 'mail' import x %}",
    "{% include '../../etc/passwd' %}",
    "{% extends '/etc/passwd' %}",
    "{% for x in contact.name.__iter__() %}{% endfor %}",
    "{{ contact.name.encode().hex() }}",
    "{{ deal.fields.__class__ }}",
]


@pytest.fixture
def values() -> dict[str, Any]:
    return plain(sample("deal"))


@pytest.mark.parametrize("escape", ESCAPES)
def test_words_with_an_escape_are_never_used(
    write: Write, renderer: Renderer, values: dict[str, Any], escape: str
) -> None:
    write(escape)
    with pytest.raises((Flawed, RenderFailed)):
        renderer.render("x", values)


@pytest.mark.parametrize("escape", ESCAPES)
def test_the_room_itself_holds_even_where_words_were_not_checked(
    values: dict[str, Any], escape: str
) -> None:
    room = Room(DictLoader({"x": escape}), html=True)
    with pytest.raises((TemplateError, Unfit)):
        room.get_template("x").render(values)


def test_values_are_data_and_never_words(write: Write, renderer: Renderer) -> None:
    write("Hello {{ contact.name }}, [your page]({{ contact.account }})")
    values = plain(sample("deal"))
    values["contact"]["name"] = "{{ owner.name }} **x** [y](https://z.example) <b>&"
    values["contact"]["account"] = 'https://a.example/"onmouseover="x'
    done = renderer.render("x", values)
    assert "{{ owner.name }} **x** [y](https://z.example) &lt;b&gt;&amp;" in done.html
    assert "onmouseover=" not in done.html.replace("&quot;onmouseover=&quot;", "")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil", "", "HTTPS:"]
)
def test_a_link_leads_to_the_web_or_to_a_mailbox(
    write: Write, renderer: Renderer, link: str
) -> None:
    write("[go]({{ contact.account }})")
    values = plain(sample("deal"))
    values["contact"]["account"] = link
    with pytest.raises(RenderFailed, match="a link does not begin with") as caught:
        renderer.render("x", values)
    assert "evil" not in str(caught.value)


def test_a_refusal_never_quotes_a_value(write: Write, renderer: Renderer) -> None:
    write("{{ contact.name | money('EUR') }}")
    with pytest.raises(RenderFailed) as caught:
        renderer.render("x", plain(sample("deal")))
    assert "Okafor" not in str(caught.value)
