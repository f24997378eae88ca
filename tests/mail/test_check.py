"""A name that does not exist is found before any deal runs, in its file and line."""

from pathlib import Path

import pytest

from mail.flaws import Flawed
from mail.render import Renderer
from tests.mail.conftest import SHIPPED, Write


def flaws(renderer: Renderer, fields: dict[str, str] | None = None) -> list[str]:
    try:
        renderer.check(fields=fields)
    except Flawed as error:
        return [
            ": ".join(filter(None, (f"{Path(one.file).name}:{one.line}", one.path, one.message)))
            for one in error.flaws
        ]
    return []


def test_a_misspelt_name_is_refused_with_its_place_and_the_right_one(
    write: Write, renderer: Renderer
) -> None:
    path = write("Hello {{ contact.first_name }},\n\nyours, {{ owner.nme }}")
    with pytest.raises(Flawed) as caught:
        renderer.check("x")
    assert str(caught.value) == f"{path}:7:11 owner.nme no such name; did you mean owner.name?"
    assert caught.value.where == f"{path}:7:11"


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        ("{{ ownr.name }}", "ownr: no such name; did you mean owner?"),
        ("{{ owner['nme'] }}", "owner.nme: no such name; did you mean owner.name?"),
        ("{{ owner.name.first }}", "owner.name.first: no such name; owner.name is a plain value"),
        ("{{ owner }}", "owner: holds several values; name one of them"),
        ("{{ assets }}", "assets: holds several values"),
        ("{{ assets.title }}", "assets.title: no such name; assets is a list"),
        ("{% for a in assets %}\n{{ a.titel }}\n{% endfor %}",
         "a.titel: no such name; did you mean a.title?"),
        ("{% for a in assets %}{% endfor %}{{ a.title }}", "a: no such name"),
        ("{% for a in assets %}{{ loop.indx }}{% endfor %}",
         "loop.indx: no such name; did you mean loop.index?"),
        ("{% for a in owner.name %}{% endfor %}", "owner.name: is no list to go through"),
        ("{% for a, b in assets %}{% endfor %}", "give one name at a time"),
        ("{% set o = owner %}{{ o.nme }}", "o.nme: no such name; did you mean o.name?"),
        ("{% with o = owner %}{{ o.nme }}{% endwith %}",
         "o.nme: no such name; did you mean o.name?"),
        ("{{ assets[0].titel }}", "assets[0].titel: no such name"),
        ("{{ (assets | first).titel }}", "assets | first.titel: no such name"),
        ("{{ (contact or owner).account }}", "(…).account: no such name"),
        ("{% if owner.nme %}{% endif %}", "owner.nme: no such name"),
        ("{% if a is defned %}{% endif %}", "is defned: no such test; did you mean is defined?"),
        ("{{ deal.amount | mony }}", "| mony: no such filter; did you mean | money?"),
        ("{{ deal.amount | money(deal.curency) }}",
         "deal.curency: no such name; did you mean deal.currency?"),
        ("{{ owner.name.upper() }}", "a call with ( ) has no place in a mail"),
        ("{% macro a() %}{% endmacro %}", "{% macro %} has no place in a mail"),
        ("{% autoescape false %}x{% endautoescape %}", "{% autoescape %} has no place in a mail"),
        ("{% filter upper %}x{% endfilter %}", "{% filter %} has no place in a mail"),
        ('{% import "_list.html" as x %}', "{% import %} has no place in a mail"),
        ('{% include owner.name %}', "include wants the name of a part in quotes"),
        ('{% include "_nowhere.html" %}', "there is no readable part _nowhere.html"),
        ('{% include "_loop.html" %}', "_loop.html: includes itself"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "nested too deeply"),
        ("{{ person.name }}", "person: no such name"),
        ("{% if x %}", "Unexpected end of template"),
        ("{{ owner.name", "unexpected end of template"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(
    folder: Path, write: Write, renderer: Renderer, body: str, flaw: str
) -> None:
    (folder / "_loop.html").write_text('{% include "_loop.html" %}')
    write(body)
    found = flaws(renderer)
    assert any(flaw.lower() in line.lower() for line in found), found


def test_the_front_matter_is_checked_at_its_own_line(write: Write, renderer: Renderer) -> None:
    write("Hello", subject="{{ deal.titel }}", preheader="{{ contct.name }}")
    assert flaws(renderer) == [
        "x.md:2: deal.titel: no such name; did you mean deal.title?",
        "x.md:4: contct: no such name; did you mean contact?",
    ]


def test_layouts_parts_and_the_text_override_are_checked(
    folder: Path, write: Write, renderer: Renderer
) -> None:
    layout = folder / "_layout.html"
    layout.write_text(layout.read_text() + "\n{{ company.nme }}")
    (folder / "_part.html").write_text("{{ deal.titel }}")
    write('{% include "_part.html" %}\n=== text\n{{ owner.nme }}')
    found = flaws(renderer)
    assert any("_layout.html" in line and "company.nme" in line for line in found)
    assert "_part.html:1: deal.titel: no such name; did you mean deal.title?" in found
    assert "x.md:7: owner.nme: no such name; did you mean owner.name?" in found


def test_custom_fields_are_checked_against_the_playbook(write: Write, renderer: Renderer) -> None:
    write("{{ deal.fields.pain }}{% for o in deal.fields.options %}{{ o }}{% endfor %}")
    assert flaws(renderer) == []
    assert flaws(renderer, {"pain": "text", "options": "money list"}) == []
    [found] = flaws(renderer, {"pian": "text", "options": "money list"})
    assert found == "x.md:5: deal.fields.pain: no such name; did you mean deal.fields.pian?"


def test_mail_to_people_outside_must_show_a_way_out_and_an_address(
    folder: Path, write: Write, renderer: Renderer
) -> None:
    (folder / "_layout.html").write_text("{% block body %}{% endblock %}")
    write("Hello")
    assert flaws(renderer) == [
        "x.md:1: company.postal_address: neither mail nor layout shows it",
        "x.md:1: links.unsubscribe: neither mail nor layout shows it",
    ]
    write("{{ company.postal_address }} [stop]({{ links.unsubscribe }})")
    assert flaws(renderer) == []


def test_every_fault_of_every_file_is_told_at_once(write: Write, renderer: Renderer) -> None:
    write("{{ a }}\n{{ b }}", "x.md")
    write("{{ c }}", "y.md")
    assert len(flaws(renderer)) == 3


def test_every_mail_that_ships_is_sound() -> None:
    assert len(Renderer(SHIPPED).check()) >= 23
