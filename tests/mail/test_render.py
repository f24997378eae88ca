"""Words and a context become a mail: both parts, every language, never a None."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.refusal import NotFound
from mail.compose import Letter, compose
from mail.context import CONTEXTS, DealLetter
from mail.flaws import Flawed, RenderFailed
from mail.render import LARGEST_OUTPUT, Rendered, Renderer, plain
from mail.samples import CONTACT, DEAL, LINKS, OWNER, sample
from tests.mail.conftest import SHIPPED, Write

NEEDED = {
    "first-contact", "follow-up-1", "follow-up-2", "follow-up-3", "follow-up-4", "follow-up-5",
    "follow-up-6", "proposal-question", "break-up", "welcome-1", "welcome-2", "welcome-3",
    "check-in-3", "check-in-6", "hand-over", "stagnation-notice", "promise-reminder", "notice",
    "draft-waiting", "morning", "trial-hello", "trial-first-result", "trial-incentive",
    "import-digest", "reply-arrived",
}  # fmt: skip
SHELF = Renderer(SHIPPED)
FILES = {name: SHELF.words.find(name, None) for name in SHELF.words.names}


def shipped(name: str, **changes: Any) -> Rendered:
    context = sample(FILES[name].front.context)
    return SHELF.render(name, plain(context.model_copy(update=changes)))


def sparse(name: str) -> dict[str, Any]:
    """A context in which everything that may be unknown is unknown."""
    context = CONTEXTS[FILES[name].front.context]
    full = sample(FILES[name].front.context)
    return {
        key: _bare(getattr(full, key)) if info.is_required() else plain_default(info.default)
        for key, info in context.model_fields.items()
    }


def plain_default(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _bare(value: Any) -> Any:
    if not hasattr(value, "model_fields_set"):
        return plain_value(value)
    kept = {
        name: getattr(value, name) for name, info in type(value).model_fields.items()
        if info.is_required()
    }  # fmt: skip
    return type(value)(**kept).model_dump(mode="json")


def plain_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def test_every_mail_that_a_playbook_needs_ships() -> None:
    assert {file.name for file in SHELF.check()} >= NEEDED


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_shipped_mail_renders_whole_in_both_parts(name: str) -> None:
    done = shipped(name)
    for part in (done.subject, done.preheader, done.html, done.text):
        assert part.strip()
        assert "None" not in part
        assert "{{" not in part
        assert "{%" not in part
    assert len(done.subject) <= 78
    assert len(done.preheader) <= 100
    assert "!" not in done.subject
    assert not re.match(r"(re|fwd?):", done.subject, re.IGNORECASE)
    assert "  " not in done.text.replace("\n  * ", "")
    assert max(map(len, done.html.split("\n"))) < 900


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_shipped_mail_renders_when_little_is_known(name: str) -> None:
    done = SHELF.render(name, sparse(name))
    assert "None" not in done.html + done.text + done.subject


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_shipped_mail_to_people_outside_shows_the_way_out_and_the_address(name: str) -> None:
    done = shipped(name)
    if done.purpose == "internal":
        assert "unsubscribe" not in done.html
        return
    for part in (done.html, done.text):
        assert LINKS.unsubscribe in part
        assert "Schleusenweg 4" in part
    assert DEAL.title not in done.html, "the working title of a deal is ours alone"


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_shipped_mail_composes(name: str) -> None:
    done = shipped(name)
    letter = Letter(
        message_id="<t-1@house.example>", purpose=FILES[name].front.purpose,
        sender_name=OWNER.name, sender=OWNER.email, to_name=CONTACT.name, to=CONTACT.email,
        subject=done.subject, html=done.html, text=done.text,
        date=datetime(2026, 3, 2, tzinfo=UTC), unsubscribe_url=LINKS.unsubscribe,
    )  # fmt: skip
    assert len(compose(letter)) < 20_000


def test_follow_ups_answer_in_the_thread_and_first_mails_do_not() -> None:
    threaded = {name for name, file in FILES.items() if file.front.thread == "reply"}
    assert threaded == {name for name in FILES if name.startswith("follow-up")} | {
        "proposal-question", "break-up",
    }  # fmt: skip
    assert shipped("follow-up-1").in_thread
    assert not shipped("first-contact").in_thread


def test_styles_are_inlined_and_media_queries_kept() -> None:
    html = shipped("welcome-1").html
    assert '<p style="margin: 0 0 16px;">' in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "src=" not in html
    assert "url(" not in html


def test_words_are_compiled_once_a_version(write: Write, renderer: Renderer) -> None:
    write("Hello {{ contact.first_name }}")
    values = plain(sample("deal"))
    first = renderer.render("x", values)
    compiled = renderer.compilations
    for _ in range(5):
        assert renderer.render("x", values) == first
    assert renderer.compilations == compiled


def test_a_changed_file_is_read_again_and_has_another_version(
    write: Write, renderer: Renderer
) -> None:
    values = plain(sample("deal"))
    write("Hello {{ contact.first_name }}")
    before = renderer.render("x", values)
    write("Good day {{ contact.first_name }}")
    after = renderer.render("x", values)
    assert "Good day Sam" in after.text
    assert before.template_version != after.template_version


def test_a_changed_layout_changes_the_version(folder: Path, write: Write) -> None:
    write("Hello")
    values = plain(sample("deal"))
    before = Renderer(folder).render("x", values).template_version
    layout = folder / "_layout.html"
    layout.write_text(layout.read_text() + "<!-- -->")
    assert Renderer(folder).render("x", values).template_version != before


def test_a_value_that_is_unknown_is_never_printed(write: Write, renderer: Renderer) -> None:
    path = write("Hello\n\n{{ contact.first_name }}")
    values = plain(sample("deal"))
    values["contact"]["first_name"] = None
    with pytest.raises(RenderFailed, match="a value is unknown here") as caught:
        renderer.render("x", values)
    assert caught.value.where == f"{path}:7"


def test_a_name_that_is_not_there_stops_the_mail(write: Write, renderer: Renderer) -> None:
    path = write("{{ deal.fields.pain }}")
    with pytest.raises(RenderFailed, match="pain: no such name") as caught:
        renderer.render("x", plain(sample("deal")))
    assert caught.value.where == f"{path}:5"


def test_a_name_of_a_group_that_is_unknown_says_to_ask_first(
    write: Write, renderer: Renderer
) -> None:
    write("{{ deal.title }}", purpose="internal", context="notice")
    values = plain(sample("notice"))
    values["deal"] = None
    with pytest.raises(RenderFailed, match="ask first"):
        renderer.render("x", values)


def test_flawed_words_are_never_rendered(write: Write, renderer: Renderer) -> None:
    write("{% if false %}{{ owner.nme }}{% endif %}")
    with pytest.raises(Flawed, match=r"did you mean owner\.name"):
        renderer.render("x", plain(sample("deal")))
    with pytest.raises(NotFound):
        renderer.render("nothing", {})


def test_a_condition_cannot_hide_the_way_out(folder: Path, write: Write) -> None:
    layout = folder / "_layout.html"
    layout.write_text(
        "{% block body %}{% endblock %}{{ company.postal_address }}"
        "{% if false %}{{ links.unsubscribe }}{% endif %}"
    )
    write("Hello")
    with pytest.raises(RenderFailed, match="the way to unsubscribe is missing"):
        Renderer(folder).render("x", plain(sample("deal")))


def test_a_mail_that_grows_too_long_is_stopped(write: Write, renderer: Renderer) -> None:
    write("{% for a in deal.fields.many %}{{ deal.fields.text }}{% endfor %}")
    values = plain(sample("deal"))
    values["deal"]["fields"] = {"many": ["x"] * 1000, "text": "y" * (LARGEST_OUTPUT // 100)}
    with pytest.raises(RenderFailed, match="grows over 256,000 characters"):
        renderer.render("x", values)


def test_own_words_for_the_text_part_keep_signature_and_footer(
    write: Write, renderer: Renderer
) -> None:
    write("**Hello**\n\n=== text\nJust text for {{ contact.name }} & co <here>")
    done = renderer.render("x", plain(sample("deal")))
    assert "<strong>Hello</strong>" in done.html
    assert done.text.startswith("Just text for Sam Okafor & co <here>\n\n")
    assert LINKS.unsubscribe in done.text
    assert "Ines Brandt" in done.text


def test_an_own_html_body_stands_in_the_layout(write: Write, renderer: Renderer) -> None:
    write("short\n=== html\n<table><tr><td>{{ owner.name }}</td></tr></table>")
    done = renderer.render("x", plain(sample("deal")))
    assert "<td>Ines Brandt</td>" in done.html
    assert "short" not in done.html
    assert LINKS.unsubscribe in done.html


def test_dates_and_money_are_written_in_the_language_of_the_words(
    write: Write, renderer: Renderer
) -> None:
    body = "{{ deal.amount | money(deal.currency) }}; {{ deal.expected_close | date }}"
    write(body, "x.md")
    write(body, "x.de.md")
    values = plain(sample("deal"))

    def line(locale: str | None) -> str:
        return renderer.render("x", values, locale).text.split("\n")[0].replace("\u00a0", " ")

    assert line(None) == "€48,000; April 15, 2026"
    assert line("en-GB") == "€48,000; 15 April 2026"
    assert line("de-DE") == "48.000 €; 15. April 2026"
    assert line("de-AT") == "€ 48.000; 15. April 2026"
    assert line("fr") == "€48,000; April 15, 2026"  # no French words: an English date
    assert line("xx-nonsense") == "€48,000; April 15, 2026"
    assert renderer.render("x", values, "de-AT").locale == "de-AT"
    assert '<html lang="de-AT">' in renderer.render("x", values, "de-AT").html


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("deal.amount | money('USD')", "$1,234.50"),
        ("'12' | money('JPY')", "¥12"),
        ("1234567.5 | number", "1,234,567.5"),
        ("deal.expected_close | date('short')", "4/15/26"),
        ("deal.expected_close | date('weekday')", "Wed, Apr 15"),
        ("'2026-03-04T14:30:00+01:00' | time", "2:30 PM"),
        ("['a', 'b'] | join(' and ')", "a and b"),
        ("'a  b' | one_line | upper", "A B"),
        ("contact.job_title | default('x')", "Head of Operations"),
    ],
)
def test_a_filter_shows_a_value(
    write: Write, renderer: Renderer, expression: str, shown: str
) -> None:
    write(f"{{{{ {expression} }}}}")
    values = plain(sample("deal").model_copy(update={
        "deal": DEAL.model_copy(update={"amount": Decimal("1234.50")})
    }))  # fmt: skip
    text = renderer.render("x", values).text.split("\n")[0]
    assert text.replace("\u202f", " ") == shown


@pytest.mark.parametrize(
    "expression",
    ["owner.phone | money('EUR')", "deal.amount | money", "deal.amount | money('euro')",
     "deal.title | date", "deal.expected_close | time", "deal.expected_close | date('x')",
     "deal.title | join", "'NaN' | number", "'9' ~ '9999999999999999999' | number"],
)  # fmt: skip
def test_a_filter_refuses_what_it_cannot_show(
    write: Write, renderer: Renderer, expression: str
) -> None:
    write(f"{{{{ {expression} }}}}")
    with pytest.raises(RenderFailed):
        renderer.render("x", plain(sample("deal")))


def test_a_context_is_plain_data() -> None:
    letter = sample("deal")
    assert isinstance(letter, DealLetter)

    def kinds(value: Any) -> set[type]:
        if isinstance(value, dict):
            return set().union(*map(kinds, value.values()), {dict})
        if isinstance(value, list):
            return set().union(*map(kinds, value), {list})
        return {type(value)}

    assert kinds(plain(letter)) <= {dict, list, str, int, float, bool, type(None)}
