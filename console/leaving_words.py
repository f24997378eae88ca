# ruff: noqa: RUF001  (letters of other scripts are meant)
"""The words of the page behind the way out, in the languages of our mails."""

from typing import Final

DEFAULT: Final = "en"

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "title": "Your mails from us",
        "ask": "Which mails do you no longer want?",
        "how": "A button stops those mails at once. Nothing happens if you close this page.",
        "done": "Done",
        "after": "If this link is one of ours, it holds from now on. A mail that is already on "
        "its way may still arrive.",
        "sales": "Personal mails about your plans",
        "service": "Mails for customers: welcome and help",
        "marketing": "News and questions now and then",
        "all": "All mails",
        "stop": "Stop",
        "stop_all": "Stop all mails",
        "off": "You do not get these.",
        "all_off": "You get no mails from us any more.",
        "confirm_ask": "Would you like to hear from us?",
        "confirm_how": "The button says yes. Nothing happens if you close this page.",
        "confirm_yes": "Yes, write to me",
        "confirm_after": "If this link is one of ours and not older than a week, we may write "
        "to you now. Each mail has a way out.",
    },
    "bg": {
        "title": "Вашите писма от нас",
        "ask": "Кои писма вече не искате?",
        "how": "Бутонът спира тези писма веднага. Нищо не се случва, ако затворите страницата.",
        "done": "Готово",
        "after": "Ако връзката е наша, това важи от сега нататък. Писмо, което вече пътува, може "
        "все пак да пристигне.",
        "sales": "Лични писма за вашите планове",
        "service": "Писма за клиенти: добре дошли и помощ",
        "marketing": "Новини и въпроси от време на време",
        "all": "Всички писма",
        "stop": "Спри",
        "stop_all": "Спри всички писма",
        "off": "Не ги получавате.",
        "all_off": "Вече не получавате писма от нас.",
        "confirm_ask": "Искате ли да ви пишем?",
        "confirm_how": "Бутонът казва „да“. Нищо не се случва, ако затворите страницата.",
        "confirm_yes": "Да, пишете ми",
        "confirm_after": "Ако връзката е наша и не е по-стара от седмица, вече можем да ви "
        "пишем. Всяко писмо има начин за отказ.",
    },
    "id": {
        "title": "Email Anda dari kami",
        "ask": "Email mana yang tidak Anda inginkan lagi?",
        "how": "Satu tombol langsung menghentikannya. Menutup halaman ini tidak mengubah apa pun.",
        "done": "Selesai",
        "after": "Jika tautan ini milik kami, ini berlaku mulai sekarang. Email yang sudah "
        "dikirim mungkin masih tiba.",
        "sales": "Email pribadi tentang rencana Anda",
        "service": "Email untuk pelanggan: sambutan dan bantuan",
        "marketing": "Kabar dan pertanyaan sesekali",
        "all": "Semua email",
        "stop": "Hentikan",
        "stop_all": "Hentikan semua email",
        "off": "Anda tidak menerimanya.",
        "all_off": "Anda tidak lagi menerima email dari kami.",
        "confirm_ask": "Ingin menerima kabar dari kami?",
        "confirm_how": "Tombol ini berarti setuju. Menutup halaman ini tidak mengubah apa pun.",
        "confirm_yes": "Ya, kirimi saya kabar",
        "confirm_after": "Jika tautan ini milik kami dan belum lewat seminggu, kami boleh "
        "mengirim email. Setiap email dapat dihentikan.",
    },
    "pl": {
        "title": "Wiadomości od nas",
        "ask": "Których wiadomości już nie chcesz?",
        "how": "Przycisk zatrzymuje je od razu. Zamknięcie strony niczego nie zmienia.",
        "done": "Gotowe",
        "after": "Jeśli to nasz link, obowiązuje to od teraz. Wiadomość, która jest już w "
        "drodze, może jeszcze dotrzeć.",
        "sales": "Osobiste wiadomości o Twoich planach",
        "service": "Wiadomości dla klientów: powitanie i pomoc",
        "marketing": "Nowości i pytania od czasu do czasu",
        "all": "Wszystkie wiadomości",
        "stop": "Zatrzymaj",
        "stop_all": "Zatrzymaj wszystkie wiadomości",
        "off": "Nie otrzymujesz ich.",
        "all_off": "Nie otrzymujesz już od nas wiadomości.",
        "confirm_ask": "Czy możemy pisać?",
        "confirm_how": "Przycisk oznacza zgodę. Zamknięcie strony niczego nie zmienia.",
        "confirm_yes": "Tak, proszę pisać",
        "confirm_after": "Jeśli to nasz link i nie minął tydzień, możemy teraz pisać. W każdej "
        "wiadomości można zrezygnować.",
    },
    "tr": {
        "title": "Bizden aldığınız e-postalar",
        "ask": "Hangi e-postaları artık istemiyorsunuz?",
        "how": "Düğme o e-postaları hemen durdurur. Sayfayı kapatırsanız hiçbir şey değişmez.",
        "done": "Tamam",
        "after": "Bu bağlantı bizimse, şu andan itibaren geçerlidir. Yola çıkmış bir e-posta "
        "yine de ulaşabilir.",
        "sales": "Planlarınız hakkında kişisel e-postalar",
        "service": "Müşteriler için e-postalar: karşılama ve yardım",
        "marketing": "Ara sıra haberler ve sorular",
        "all": "Tüm e-postalar",
        "stop": "Durdur",
        "stop_all": "Tüm e-postaları durdur",
        "off": "Bunları almıyorsunuz.",
        "all_off": "Artık bizden e-posta almıyorsunuz.",
        "confirm_ask": "Bizden haber almak ister misiniz?",
        "confirm_how": "Düğme evet demektir. Sayfayı kapatırsanız hiçbir şey değişmez.",
        "confirm_yes": "Evet, bana yazın",
        "confirm_after": "Bu bağlantı bizimse ve bir haftadan eski değilse artık size "
        "yazabiliriz. Her e-postada çıkış yolu vardır.",
    },
    "zh": {
        "title": "我们发给您的邮件",
        "ask": "您不想再收到哪些邮件？",
        "how": "点击按钮后立即停止发送。关闭此页面不会有任何改变。",
        "done": "已完成",
        "after": "如果此链接来自我们，即刻生效。已经发出的邮件可能仍会送达。",
        "sales": "关于您的计划的个人邮件",
        "service": "客户邮件：欢迎与帮助",
        "marketing": "偶尔的消息和问候",
        "all": "所有邮件",
        "stop": "停止",
        "stop_all": "停止所有邮件",
        "off": "您不会收到这些邮件。",
        "all_off": "您不会再收到我们的邮件。",
        "confirm_ask": "您愿意收到我们的消息吗？",
        "confirm_how": "点击按钮表示同意。关闭此页面不会有任何改变。",
        "confirm_yes": "是的，请写信给我",
        "confirm_after": "如果此链接来自我们且未超过一周，我们现在可以写信给您。"
        "每封邮件都可以退订。",
    },
}


def words_for(locale: str | None) -> tuple[str, dict[str, str]]:
    """The language that the page is in, and its words: the nearest to a locale, else English."""
    language = (locale or DEFAULT).replace("_", "-").partition("-")[0].casefold()
    found = language if language in WORDS else DEFAULT
    return found, WORDS[found]
