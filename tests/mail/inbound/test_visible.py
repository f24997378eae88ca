"""What a reply's writer wrote, in forms that the corpus of real replies does not hold."""

import pytest

from mail.inbound.visible import visible_reply, without_signature

MINE = "Yes, please.\n\nAnn"


@pytest.mark.parametrize(
    "quotation",
    [
        "On Thu, Nov 12, 2026 at 9:00 AM Olga Owner <olga@us.example> wrote:\n> Shall we?",
        "El jue, 12 nov 2026 a las 9:00, Olga (<olga@us.example>) escribió:\n\n> ¿Vamos?",
        "Em qui., 12 de nov. de 2026 às 09:00, Olga <olga@us.example>\nescreveu:\n\n> Vamos?",
        "чт, 12 нояб. 2026 г. в 09:00, Olga <olga@us.example>:\n\n> Да?",
        "Olga <olga@us.example>, 12 Kas 2026 Per, 09:00 tarihinde şunu yazdı:\n\n> Olur mu?",
        "На чт, 12.11.2026 г. в 9:00 ч. Olga <olga@us.example> написа:\n\n> Да?",
        "czw., 12 lis 2026 o 09:00 Olga <olga@us.example> napisał(a):\n\n> Tak?",
        "Pada tanggal Kam, 12 Nov 2026 pukul 09.00 Olga <olga@us.example> menulis:\n\n> Ya?",
        "Olga <olga@us.example> 于2026年11月12日周四 09:00写道：\n\n> 好吗？",
        "2026年11月12日(木) 9:00 Olga <olga@us.example>:\n\n> いかがですか",
        "发件人: Olga <olga@us.example>\n"
        "发送时间: 2026年11月12日 9:00\n收件人: Ann\n主题: 报价\n\n好吗",
        "Kimden: Olga\nGönderildi: 12 Kasım 2026 09:00\nKime: Ann\nKonu: Teklif\n\nOlur mu?",
        "От: Olga\nДата: 12.11.2026\nКому: Ann\nТема: Оферта\n\nДа?",
        "> Shall we?\n> Olga",
    ],
)
def test_the_quotation_is_taken_off(quotation: str) -> None:
    assert visible_reply(f"{MINE}\n\n{quotation}\n") == MINE


@pytest.mark.parametrize(
    "text",
    [
        "She wrote to me on Monday, 3 times: it works.",
        "The times are 10:30 and 11:00:\n\n- Kim\n- Lee",
        "From: our side it is fine.\nThanks",
        "Prices:\n- 12 seats - 300\n- 20 seats - 450",
        "Dear Olga,\n\nwrite to kim@them.example or lee@them.example.\nAnn",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text: str) -> None:
    assert visible_reply(text) == text


def test_an_answer_below_the_quotation_is_found() -> None:
    text = (
        "On 12 Nov 2026, Olga <olga@us.example> wrote:\n> Shall we?\n\nYes.\n\n> When?\n\nFriday."
    )
    assert visible_reply(text) == "Yes.\n\nFriday."


def test_a_signature_comes_off_apart() -> None:
    assert without_signature("Stop\n\n-- \nAnn\nThem Ltd") == "Stop"
    assert without_signature("Stop\n\nSent from my iPhone") == "Stop"
    assert without_signature("— or not?\n--really") == "— or not?\n--really"
