"""The light marks of a body become HTML, line for line, without touching Jinja's marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.markup import join_lists, to_html
from mail.plaintext import as_text


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("one\n\ntwo", "<p>one\n</p>\n<p>two</p>"),
        ("one\ntwo", "<p>one\ntwo</p>"),
        ("one\\\ntwo", "<p>one<br>\ntwo</p>"),
        ("## head\ntext", "<h2>head</h2>\n<p>text</p>"),
        ("a **b** c", "<p>a <strong>b</strong> c</p>"),
        ("[a b](https://x.example)", '<p><a href="https://x.example">a b</a></p>'),
        ("[a]({{ links.b or 'c d' }})", "<p><a href=\"{{ links.b or 'c d' }}\">a</a></p>"),
        ("{{ a ** b }} * [x]", "<p>{{ a ** b }} * [x]</p>"),
        ("R&D & 5 < 6 &amp; <b>x</b>", "<p>R&amp;D &amp; 5 &lt; 6 &amp; <b>x</b></p>"),
        ("<table>\n<tr>a **b**\n{% if x %}\n- c", "<table>\n<tr>a **b**\n{% if x %}\n- c"),
        ("{% if a %}\nb\n{% endif %}\nc", "{% if a %}\n<p>b\n</p>{% endif %}\n<p>c</p>"),
        ("{# two\nlines #}\na", "{# two\nlines #}\n<p>a</p>"),
    ],
)  # fmt: skip
def test_a_mark_becomes_html(source: str, html: str) -> None:
    assert to_html(source) == html


def test_entries_of_a_list_are_one_list_also_when_a_loop_writes_them() -> None:
    html = to_html("- a\n- b\n  more\n{% for x in y %}\n- {{ x }}\n{% endfor %}\n- c")
    assert "{% for x in y %}\n<ul><li>{{ x }}" in html
    filled = html.replace("{% for x in y %}\n", "").replace("{% endfor %}", "")
    assert join_lists(filled).count("<ul>") == 1


@given(st.text("ab \n-*#[](){}%<>&\\\0\x01|", max_size=80))
def test_no_line_is_lost_or_added(source: str) -> None:
    assert to_html(source).count("\n") == source.count("\n")


def test_text_shows_the_address_of_a_link_once() -> None:
    html = (
        '<p><a href="https://x.example/?a=1&amp;b=2">Our page</a>, '
        '<a href="https://y.example">https://y.example</a>, '
        '<a href="mailto:ann@x.example">ann@x.example</a></p>'
    )
    assert as_text(html) == (
        "Our page (https://x.example/?a=1&b=2), https://y.example, ann@x.example\n"
    )


def test_hidden_words_are_not_in_the_text() -> None:
    assert as_text('<div style="display:none">secret</div><p>shown</p>') == "shown\n"
