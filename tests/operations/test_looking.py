"""A mail is looked for where the relay files what it took, on a real IMAP server."""

from domain.doubt import Evidence
from mail.imap import Mailbox
from operations.post.doubts import look_for
from tests.support.imap import Letterbox, imap_server, letterbox
from tests.support.post import written

__all__ = ["imap_server", "letterbox"]


def _filed(letterbox: Letterbox) -> list[Mailbox]:
    mails = [written(sender="us@us.example", message_id=f"<t{n}@us.example>") for n in (1, 2)]
    letterbox.put(*mails, sent=True)
    letterbox.put(written(sender="us@us.example", message_id="<t3@us.example>"))
    return [Mailbox.at(letterbox.url)]


def test_what_lies_among_the_sent_mails_is_found_by_its_id(letterbox: Letterbox) -> None:
    mailboxes = _filed(letterbox)
    assert look_for(mailboxes, "<t2@us.example>") is Evidence.PRESENT
    assert look_for(mailboxes, "<t9@us.example>") is Evidence.ABSENT
    assert look_for(mailboxes, "<t3@us.example>") is Evidence.ABSENT, "only what was sent counts"


def test_a_folder_that_cannot_be_read_is_no_evidence(letterbox: Letterbox) -> None:
    mailboxes = _filed(letterbox)
    locked = Mailbox.at(letterbox.at(f"sent={letterbox.sent}", password="wrong"))
    missing = Mailbox.at(letterbox.at("sent=Nowhere"))
    for broken in (locked, missing):
        assert look_for([broken], "<t9@us.example>") is Evidence.UNKNOWN
        assert look_for([broken, *mailboxes], "<t9@us.example>") is Evidence.UNKNOWN
        assert look_for([broken, *mailboxes], "<t1@us.example>") is Evidence.PRESENT
