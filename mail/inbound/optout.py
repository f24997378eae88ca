"""Opting out by mail: a mail to the unsubscribe address, or a reply that says nothing else.

RFC 2369 section 3.2 and RFC 8058: the mailto of `List-Unsubscribe` is written by the mail
program, so its address and subject are ours to recognise. A reply counts only when its whole
visible text is one of these wishes, politeness apart: "stop" within a sentence is for a person.
"""

import re
import unicodedata

from mail.inbound.keys import Role, token_in
from mail.inbound.message import Message
from mail.inbound.visible import visible_reply, without_signature

LONGEST_WISH = 120  # characters; who writes more has more to say

_SUBJECT = re.compile(r"(?i)^\s*(unsubscribe|opt[- ]?out)(\s+\S{1,60})?\s*$")

# The wish, then words around it that change nothing: English, the other languages that mails
# ship in, and the languages most often met beside them.
_WISHES = {
    "unsubscribe", "unsubscribe me", "unsubscribe please", "stop", "stop it", "opt out", "optout",
    "opt me out", "remove", "remove me", "take me off", "remove me from your list",
    "remove me from your mailing list", "remove me from the list", "remove me from this list",
    "take me off your list", "take me off this list", "take me off your mailing list",
    "stop emailing me", "stop mailing me", "stop contacting me", "stop writing to me",
    "stop sending me emails", "stop sending emails", "stop sending me mails",
    "do not contact me", "do not contact me again", "don't contact me again",
    "do not email me", "do not email me again", "don't email me again", "no more emails",
    "no more mails", "unsubscribe me from this list", "unsubscribe me from your list",
    # Turkish, Bulgarian, Polish, Indonesian
    "abonelikten çık", "abonelikten çıkar", "abonelikten çıkmak istiyorum", "listeden çıkar",
    "beni listeden çıkarın", "bana mail atmayın", "e-posta göndermeyin", "dur", "durdur",
    "отпиши ме", "отпишете ме", "отписване", "спрете", "спри", "не ми пишете",
    "не ми пишете повече", "премахнете ме", "премахнете ме от списъка",
    "wypisz mnie", "wypisz", "rezygnuję", "proszę mnie wypisać", "usuń mnie z listy",
    "proszę mnie usunąć", "proszę mnie usunąć z listy", "proszę nie pisać",
    "berhenti berlangganan", "berhenti", "hapus saya", "hapus saya dari daftar",
    "jangan hubungi saya", "jangan hubungi saya lagi", "jangan kirim email lagi",
    # Chinese, Japanese
    "退订", "取消订阅", "请退订", "退訂", "取消訂閱", "不要再发邮件", "请不要再发邮件",
    "td", "停止",
    "配信停止", "配信を停止してください", "登録解除",
    "配信停止お願いします", "購読解除", "停止してください",
    # German, French, Spanish, Italian, Portuguese, Dutch, Russian
    "abmelden", "abbestellen", "bitte abmelden", "austragen", "keine mails mehr",
    "keine e-mails mehr", "keine weiteren mails", "keine weiteren e-mails", "stopp",
    "nehmen sie mich aus dem verteiler", "löschen sie mich aus dem verteiler",
    "désabonner", "désinscription", "désinscrire", "se désabonner", "désabonnez-moi",
    "désinscrivez-moi", "me désabonner", "me désinscrire", "arrêtez", "ne m'écrivez plus",
    "ne me contactez plus", "darme de baja", "baja", "dar de baja", "denme de baja",
    "no me escriban más", "no más correos", "cancelar suscripción", "cancellami", "cancellatemi",
    "disiscrivimi", "disiscrivetemi", "annulla iscrizione", "non scrivetemi più", "rimuovimi",
    "rimuovetemi", "remover", "remova-me", "cancelar inscrição", "descadastrar", "me remova",
    "não me escrevam mais", "afmelden", "uitschrijven", "schrijf mij uit", "meld mij af",
    "geen mails meer", "geen e-mails meer", "отписаться", "отпишите меня", "отпишите",
    "удалите меня", "удалите меня из рассылки", "не пишите мне", "не пишите мне больше", "стоп",
}  # fmt: skip
_POLITE = {
    "please", "pls", "plz", "kindly", "thanks", "thank you", "thx", "hi", "hello", "dear sir",
    "now", "immediately",
    "lütfen", "teşekkürler", "teşekkür ederim", "merhaba", "моля", "благодаря",
    "здравейте",
    "proszę", "dziękuję", "dzień dobry", "tolong", "mohon", "terima kasih", "halo",
    "谢谢", "您好", "请", "お願いします", "bitte", "danke", "hallo", "merci", "bonjour",
    "s'il vous plaît", "svp", "por favor", "gracias", "hola", "per favore", "grazie",
    "buongiorno", "obrigado", "obrigada", "olá", "alstublieft", "alsjeblieft", "bedankt",
    "пожалуйста", "спасибо", "здравствуйте", "i want to", "i would like to", "you can", "just",
    "and", "sofort", "mich",
}  # fmt: skip


def opt_out_in(message: Message) -> str | None:
    """Why this mail is an opt-out, as a short rule's name; None when it is none."""
    for address in (*message.to, *message.cc, *message.delivered_to):
        if token_in(address, Role.UNSUBSCRIBE):
            return "sent to an unsubscribe address"
        if address.partition("@")[0].lower() == Role.UNSUBSCRIBE.value:
            return "sent to an unsubscribe address"
    if _SUBJECT.match(message.subject):
        return "the subject is the one of an unsubscribe link"
    return None


def says_only_stop(message: Message) -> bool:
    """The visible text of a reply is a wish to get no more mail, and nothing else."""
    return is_wish(without_signature(visible_reply(message.text)))


def is_wish(text: str) -> bool:
    """These words, politeness and punctuation apart, are a wish to get no more mail."""
    if len(text) > LONGEST_WISH:
        return False
    plain = _plain(text)
    if plain in _PLAIN_WISHES:
        return True
    for polite in _PLAIN_POLITE:
        plain = re.sub(rf"(?<!\w){re.escape(polite)}(?!\w)", " ", plain)
        plain = " ".join(plain.split())
    return plain in _PLAIN_WISHES


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).replace("İ", "i").casefold().replace("’", "'")
    return " ".join(re.sub(r"[^\w'-]+", " ", folded).split()).strip("-' ")


_PLAIN_WISHES = {_plain(wish) for wish in _WISHES}
_PLAIN_POLITE = sorted({_plain(word) for word in _POLITE}, key=len, reverse=True)
