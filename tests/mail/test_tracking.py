"""Links are led over the console: which ones, where they led, and what stays as it was."""

import pytest

from mail.tracking import LONGEST, lead

HERE = "https://us.example/sluice"


def name(position: int) -> str:
    return f"id{position}"


def led(html: str) -> tuple[str, tuple[str, ...]]:
    return lead(html, HERE, name)


def test_links_are_numbered_as_they_stand_and_keep_all_else() -> None:
    html = (
        '<p title="a > b"><a class="x" href="https://a.example/?p=1&amp;q=2" style="c:d">A</a>'
        ' and <a href="HTTP://b.example/ü#top">https://b.example</a></p>'
    )
    told, urls = led(html)
    assert urls == ("https://a.example/?p=1&q=2", "HTTP://b.example/ü#top")
    assert told == (
        f'<p title="a > b"><a class="x" href="{HERE}/l/id1" style="c:d">A</a>'
        f' and <a href="{HERE}/l/id2">https://b.example</a></p>'
    )


@pytest.mark.parametrize(
    "url",
    [
        "mailto:ann@them.example",
        "tel:+4912",
        "javascript:alert(1)",
        "//evil.example/x",
        "/deals/D-1",
        "#top",
        "",
        "https://",
        "https:///x",
        "http://[broken",
        "https://a.example\\@b.example",
        "https://a.example/&#10;x",
        "https://a.example/a b",
        f"{HERE}/u/token",
        f"{HERE}/deals/D-1",
        HERE,
        "https://US.example/sluice/x",
        "https://a.example/" + "x" * LONGEST,
    ],
)
def test_what_is_no_link_to_another_site_stays(url: str) -> None:
    html = f'<a href="{url}">x</a>'
    assert led(html) == (html, ())


@pytest.mark.parametrize("url", ["https://us.example/sluice-shop", "https://us.example/blog"])
def test_our_own_site_beside_the_console_is_another_site(url: str) -> None:
    assert led(f'<a href="{url}">x</a>')[1] == (url,)


@pytest.mark.parametrize(
    "html",
    [
        '<!-- <a href="https://a.example">x</a> -->',
        '<link rel="x" href="https://a.example">',
        '<img alt="<a" src="https://a.example/x.png">',
        '<a data-href="https://a.example">x</a>',
        '<abbr href="https://a.example">x</abbr>',
    ],
)
def test_only_an_anchor_is_a_link(html: str) -> None:
    assert led(html) == (html, ())


def test_a_hostile_page_takes_no_time() -> None:
    for piece in ('<a href="', "<a x=", "<a ", '<a x="y" ', "<!--"):
        assert led(piece * 20_000)[1] == ()
