"""What kind of mail came in: one verdict, with the rule that gave it.

The order is part of the rules. Reports of machines come first, for they may quote anything; then
the wish to get no more mail, which must never be missed; then automatic answers; and what is left
was written by a person.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mail.inbound.autoreplies import automatic
from mail.inbound.bounces import Bounce, bounce_in
from mail.inbound.complaints import Complaint, complaint_in
from mail.inbound.message import Message, Unreadable
from mail.inbound.optout import opt_out_in, says_only_stop
from mail.inbound.visible import visible_reply


class Kind(StrEnum):
    """What a mail is, as it is stored and shown."""

    HUMAN = "human_reply"
    OUT_OF_OFFICE = "out_of_office"
    AUTOMATIC = "automatic_answer"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    MIXED_BOUNCE = "mixed_bounce"
    COMPLAINT = "complaint"
    OPT_OUT = "opt_out"
    DELIVERED = "delivered"
    UNRELATED = "unrelated"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Verdict:
    """The kind of a mail and what belongs to it.

    `why` names the rule and holds nothing personal. `bounce` is there for bounces and delivery
    notices, with a result for each recipient; `back_on` is the first day on which somebody who is
    away is back, where the mail says so; `reply` is a person's visible text.
    """

    kind: Kind
    why: str
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    back_on: date | None = None
    reply: str = ""


def classify(message: Message | Unreadable) -> Verdict:
    """Say what a mail is. Never raises for what it holds."""
    if isinstance(message, Unreadable):
        return Verdict(Kind.UNREADABLE, message.why)
    complaint = complaint_in(message)
    if complaint:
        return Verdict(Kind.COMPLAINT, f"feedback report: {complaint.feedback}"[:60],
                       complaint=complaint)  # fmt: skip
    bounce = bounce_in(message)
    if bounce:
        return _bounced(bounce)
    asked = opt_out_in(message)
    if asked:
        return Verdict(Kind.OPT_OUT, asked)
    # Who answers a mail of ours through a list, or from behind a newsletter's server, answers.
    answers = bool(message.in_reply_to or message.references)
    if not answers and (message.header("list-id") or message.header("list-post")):
        return Verdict(Kind.UNRELATED, "a mailing list (RFC 2919)")
    robot = automatic(message)
    if robot and robot.away:
        return Verdict(Kind.OUT_OF_OFFICE, robot.why, back_on=robot.back_on)
    if robot:
        return Verdict(Kind.AUTOMATIC, robot.why)
    if not answers and message.header("list-unsubscribe"):
        return Verdict(Kind.UNRELATED, "a newsletter (RFC 2369)")
    if message.report_type == "feedback-report":
        return Verdict(Kind.UNRELATED, "a report that is no complaint")
    if says_only_stop(message):
        return Verdict(Kind.OPT_OUT, "the reply says nothing else")
    return Verdict(Kind.HUMAN, "nothing speaks of a machine", reply=visible_reply(message.text))


def _bounced(bounce: Bounce) -> Verdict:
    if not bounce.failures:
        return Verdict(Kind.DELIVERED, "a notice of success", bounce)
    if bounce.mixed:
        return Verdict(Kind.MIXED_BOUNCE, "recipients differ", bounce)
    first = bounce.failures[0]
    kind = Kind.HARD_BOUNCE if first.hard else Kind.SOFT_BOUNCE
    return Verdict(kind, first.reason.value, bounce)
