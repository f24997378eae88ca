"""What the room makes of values and links; ways out are tried in `test_hostile_templates.py`."""

from typing import Any

import pytest

from mail.flaws import RenderFailed
from mail.render import Renderer, plain
from mail.samples import sample
from tests.mail.conftest import Write


@pytest.fixture
def values() -> dict[str, Any]:
    return plain(sample("deal"))


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
