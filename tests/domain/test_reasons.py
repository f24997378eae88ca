"""Every reason for which a touch is not made: a scene, the sentence, and what it would need."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from domain import commands as c
from domain import touch_events as e
from domain.course import Plan
from domain.explaining.entry import Explained, Halt, Heard, Known
from domain.explaining.explain import explain
from domain.explaining.needs import need_of
from domain.following import ALWAYS_STOPS
from domain.limits import WORDS
from domain.permission import TOO_LATE
from domain.reactions import react
from domain.settling import Outcome, settle, settle_notice
from tests.domain.test_beginning import importing
from tests.domain.test_course import CONDITION, drafting
from tests.domain.test_moves import MEETING
from tests.domain.test_never_open import closed
from tests.domain.test_nurture import joined
from tests.support.deals import BOATS, Story, given, opening
from tests.support.moments import at

CLOSES = "Sat 7 Mar 09:00"
"""When the window of the second touch closes."""


def told(story: Story, **more: object) -> dict[str, list[Explained]]:
    """What is explained, by step."""
    heard = [Heard(event, number, "sluice") for number, event in enumerate(story.events, 1)]
    found: dict[str, list[Explained]] = {}
    for one in explain(heard, story.deal, story.facts, **more):  # type: ignore[arg-type]
        found.setdefault(one.step, []).append(one)
    return found


def stopped(*commands: c.AnyCommand) -> Story:
    """A deal whose first mail went, and to which something happened a day later."""
    return given(opening()).after(days=1).when(*commands)


def stop(word: str) -> Callable[[], Story]:
    return lambda: stopped(c.StopEnrollments(reason=word))


def barred(**facts: object) -> Callable[[], Story]:
    """The second mail was due for a contact of whom something has come to be known."""
    return lambda: given(opening()).after(days=1).contact(**facts).after(days=5)


def ended(story: Story, outcome: Outcome, reason: str) -> Story:
    """The mail that is due meets this end."""
    reaction = react(story.deal, story.facts)
    story._keep(reaction.events)
    story._keep(settle(story.deal, due(story), outcome, story.facts, reason))
    return story


def due(story: Story) -> Plan:
    return react(story.deal, story.facts).plans[-1]


def second(outcome: Outcome, reason: str) -> Callable[[], Story]:
    """The second mail was handed over and met this end."""

    def scene() -> Story:
        story = given(opening()).after(days=1)
        item = story.next("second")
        assert item.at is not None
        return ended(
            story.outage(hours=(item.at - story.now).total_seconds() / 3600), outcome, reason
        )

    return scene


def missed(word: str) -> Callable[[], Story]:
    return second("missed", f"{TOO_LATE}: {WORDS[word]}")


def on_its_way() -> Story:
    """They replied while the second mail stood in the send ledger."""
    story = given(opening()).after(days=1)
    item = story.next("second")
    assert item.at is not None
    story.outage(hours=(item.at - story.now).total_seconds() / 3600)
    plan = due(story)
    story.when(c.RecordReply())
    story._keep(settle(story.deal, plan, "cancelled", story.facts, "reply"))
    return story


def settled(outcome: Outcome, reason: str) -> Callable[[], Story]:
    """The second mail was in doubt, and somebody has said what became of it."""

    def scene() -> Story:
        story = second("in_doubt", "no reply")()
        doubt = story.found("touch_in_doubt")[0]
        names = Plan.__dataclass_fields__.keys() - {"purpose"}
        plan = Plan(**{name: getattr(doubt, name) for name in names}, purpose="sales")
        story.outage(hours=1)
        story._keep(settle(story.deal, plan, outcome, story.facts, reason)[:1])
        return story

    return scene


def released() -> Story:
    """The second mail was in doubt, and a person has it sent again."""
    story = second("in_doubt", "no reply")()
    its_id = story.found("touch_in_doubt")[0].touch_id
    again = e.DoubtReleased(at=story.now, touch_id=its_id, step="second", reason="asked by phone")
    story._keep([again])
    return story


def attention() -> Story:
    story = given(opening()).after(days=1).when(c.RaiseAttention(reason="x")).outage(days=9)
    return story.when(c.ClearAttention()).woken()


def discarded() -> Story:
    story = drafting()
    return story.when(c.DropTask(task_id=story.state.tasks[0].task_id))


def no_slot() -> Story:
    story = given(opening()).after(days=1)
    its_id = story.enrollment("row").enrollment_id
    why = "the calendar leaves no slot in its window"
    story._keep([e.StepSkipped(at=story.now, enrollment_id=its_id, step="second", reason=why)])
    return story


def nobody_told() -> Story:
    text = BOATS.replace("since stage_entry, notify: owner", "since stage_entry, notify: pilot")
    text = text.replace("after_sale: crew}", "after_sale: crew, pilot: nobody}")
    return given(opening(enroll=False), MEETING, text=text).when(c.EnrollDeal(cadence="chase"))


def notified(outcome: Outcome) -> Callable[[], Story]:
    def scene() -> Story:
        story = given(opening(enroll=False), MEETING).when(c.EnrollDeal(cadence="chase"))
        story.after(days=6)
        (notice,) = [one for one in story.found("notified") if one.step]
        story._keep([settle_notice(notice.touch_id, outcome, story.now, "smtp: 550")])
        return story

    return scene


def waiting(word: str) -> Callable[[], Story]:
    """The second mail is in the send ledger and waits for something."""

    def scene() -> Story:
        story = given(opening()).after(days=1)
        its_id = story.next("second").touch_id
        assert its_id is not None
        later = {its_id: at(5)}
        story.facts = replace(story.facts, open_sends=later, waits_for={its_id: word})
        return story

    return scene


def talked_to() -> Story:
    story = joined()
    return story.contact(in_cadence=True).after(days=2)


@dataclass(frozen=True)
class Row:
    """A reason: the scene that makes it, the touch, what is said, and what it would need."""

    scene: Callable[[], Story]
    step: str
    status: str
    said: str
    need: str | None


NO_MAIL = f"the house running and mail allowed before {CLOSES}"
ROOM = f"room under the limit of its mailbox before {CLOSES}"

PAST = {
    "reply": Row(lambda: stopped(c.RecordReply()), "third", "not_made",
                 "row stopped on Tue 3 Mar 09:00: they replied",
                 "no reply while the sequence runs"),
    "meeting": Row(lambda: stopped(MEETING), "third", "not_made",
                   "row stopped on Tue 3 Mar 09:00: they met",
                   "no meeting while the sequence runs"),
    "stage change": Row(lambda: stopped(c.LogActivity(activity="call")).when(
                            c.AdvanceDeal(stage="visit")), "second", "not_made",
                        "row stopped on Tue 3 Mar 09:00: the deal changed its stage",
                        "the deal staying in its stage"),
    "won": Row(lambda: stopped(c.WinDeal(override="x")), "second", "not_made",
               "row stopped on Tue 3 Mar 09:00: the deal is won", "the deal still being open"),
    "lost": Row(lambda: stopped(c.LoseDeal(reason="price")), "second", "not_made",
                "row stopped on Tue 3 Mar 09:00: the deal is lost", "the deal still being open"),
    "reopened": Row(lambda: stopped(c.LoseDeal(reason="price"), c.ReopenDeal()), "check-in-3",
                    "not_made", "check-in stopped on Tue 3 Mar 09:00: reopened",
                    "the deal still being closed"),
    "by hand": Row(stop("by_hand"), "second", "not_made",
                   "row stopped on Tue 3 Mar 09:00: a person stopped them", "nobody stopping it"),
    "opt-out": Row(stop("opt_out"), "second", "not_made",
                   "row stopped on Tue 3 Mar 09:00: the contact opted out",
                   "the contact agreeing to mail again"),
    "hard bounce": Row(stop("hard_bounce"), "second", "not_made",
                       "row stopped on Tue 3 Mar 09:00: the address does not exist",
                       "an address that exists"),
    "complaint": Row(stop("complaint"), "second", "not_made",
                     "row stopped on Tue 3 Mar 09:00: complaint",
                     "nothing: who complains is never written to again"),
    "erased": Row(stop("erased"), "second", "not_made",
                  "row stopped on Tue 3 Mar 09:00: the contact was forgotten",
                  "nothing: the contact was forgotten"),
    "an event": Row(lambda: stopped(c.LoseDeal(reason="price"),
                                    c.SeeEvent(name="deal_opened", contact_id="C-1")),
                    "check-in-3", "not_made", "check-in stopped on Tue 3 Mar 09:00: deal opened",
                    "no deal opened while the sequence runs"),
    "reply found it on its way": Row(on_its_way, "second", "cancelled",
                                     "row stopped on Thu 5 Mar 15:13: they replied",
                                     "no reply while the sequence runs"),
    "suppressed by hand": Row(barred(suppressed="asked_by_phone"), "second", "cancelled",
                              "asked by phone", "a person lifting the bar on the address"),
    "suppressed": Row(barred(suppressed="complaint"), "second", "cancelled", "complaint",
                      "nothing: who complains is never written to again"),
    "opted out": Row(barred(opted_out=frozenset({"sales"})), "second", "cancelled",
                     "the contact opted out", "the contact agreeing to mail again"),
    "no address": Row(barred(has_address=False), "second", "cancelled", "no address",
                      "an address of the contact"),
    "no consent": Row(lambda: stopped(c.LoseDeal(reason="price")).contact(
                          consents=frozenset()).after(days=100), "check-in-3", "cancelled",
                      "no consent", "a consent of the contact to marketing mail"),
    "overtaken": Row(second("cancelled", "step_passed"), "second", "cancelled", "step passed",
                     "the sequence still standing at this step"),
    "a limit of the mailbox": Row(missed("mailbox_day"), "second", "missed",
                                  f"{TOO_LATE}: {WORDS['mailbox_day']}", ROOM),
    "a limit of the domain": Row(missed("domain_day"), "second", "missed", WORDS["domain_day"],
                                 f"room under the limit of that domain before {CLOSES}"),
    "a limit of the contact": Row(missed("contact_cap"), "second", "missed", WORDS["contact_cap"],
                                  "fewer mails to the contact in those days "
                                  f"before {CLOSES}"),
    "another mail first": Row(missed("other_first"), "second", "missed", WORDS["other_first"],
                              "no other mail to the contact that matters more "
                              f"before {CLOSES}"),
    "the breaker": Row(missed("breaker"), "second", "missed", WORDS["breaker"],
                       f"a person letting its mailbox go on before {CLOSES}"),
    "the kill switch": Row(missed("mail_stopped"), "second", "missed", WORDS["mail_stopped"],
                           f"a person letting mail go again before {CLOSES}"),
    "the relay": Row(missed("relay: try later"), "second", "missed", WORDS["relay: try later"],
                     f"a relay that takes the mail before {CLOSES}"),
    "the send hours": Row(missed("outside_send_window"), "second", "missed",
                          WORDS["outside_send_window"],
                          f"an hour in which the contact may be written to before {CLOSES}"),
    "an outage": Row(lambda: given(opening()).after(days=1).outage(days=9).woken(), "second",
                     "missed", "its window passed while nothing could go out", NO_MAIL),
    "a pause": Row(lambda: given(opening()).after(days=1).when(
                       c.PauseDeal(until=at(9))).after(days=9), "second", "missed",
                   "the deal was paused from Tue 3 Mar 09:00 to Wed 11 Mar 09:00",
                   "no pause in its window"),
    "a fault of ours": Row(attention, "second", "missed",
                           "the deal needed a person from Tue 3 Mar 09:00 to Thu 12 Mar 09:00",
                           "a person clearing the attention in time"),
    "draft not approved": Row(lambda: drafting().after(days=9), "question", "missed",
                              "the draft was not approved in time",
                              f"the owner approving the draft before {CLOSES}"),
    "draft discarded": Row(discarded, "question", "missed", "the draft was discarded",
                           f"the owner approving the draft before {CLOSES}"),
    "template": Row(second("refused", "template: owner.nme"), "second", "refused",
                    "template: owner.nme", "a mail that can be written: mend the template"),
    "too large": Row(second("refused", "too_large: x"), "second", "refused", "too large: x",
                     "a smaller mail"),
    "mailbox gone": Row(second("refused", "mailbox: there is no north"), "second", "refused",
                        "mailbox: there is no north",
                        "a mailbox that may send it: mend the settings"),
    "address unusable": Row(second("refused", "address: there is none any more"), "second",
                            "refused", "address: there is none any more",
                            "an address that mail can be sent to"),
    "relay refuses": Row(second("refused", "smtp: 550"), "second", "refused", "smtp: 550",
                         "a receiving server that takes the mail"),
    "in doubt": Row(second("in_doubt", "no reply"), "second", "in_doubt", "no reply",
                    "evidence that it arrived, or a person's word"),
    "doubt: again": Row(released, "second", "in_doubt",
                        "goes again since Thu 5 Mar 15:13: asked by phone",
                        "evidence that it arrived, or a person's word"),
    "doubt: lost": Row(settled("cancelled", "lost, says P-1"), "second", "cancelled",
                       "was in doubt from Thu 5 Mar 15:13: no reply",
                       "a person's word that it goes again, while it was in doubt"),
    "doubt: arrived": Row(settled("sent", ""), "second", "sent",
                          "was in doubt from Thu 5 Mar 15:13: no reply", None),
    "condition": Row(lambda: given(opening(playbook="odd"), text=CONDITION).after(days=30),
                     "owner", "skipped", "its condition does not hold",
                     "its condition being true"),
    "no open hour": Row(no_slot, "second", "skipped", "the calendar leaves no slot in its window",
                        "an open hour in its window"),
    "event did not come": Row(lambda: given(opening(playbook="odd"), text=CONDITION).after(days=30),
                              "trial_finished", "did_not_come", "began on",
                              "trial finished reported in time"),
    "nobody in the role": Row(lambda: nobody_told().after(days=6), "pilot", "not_made",
                              "nobody plays the role pilot",
                              "somebody who plays the role pilot"),
    "notice refused": Row(notified("refused"), "owner", "refused", "smtp: 550",
                          "a receiving server that takes the mail"),
    "call not made": Row(lambda: given(opening()).after(days=11), "ring", "not_done",
                         "not done in time", "somebody doing it before"),
}  # fmt: skip

COMING = {
    "paused": Row(lambda: stopped(c.PauseDeal()), "second", "held", "held: paused",
                  "the deal being resumed"),
    "a fault of ours": Row(lambda: stopped(c.RaiseAttention(reason="x")), "second", "held",
                           "held: attention",
                           "a person looking into it and clearing the attention"),
    "nobody to write to": Row(lambda: given(opening(contacts=[])), "first", "held",
                              "nobody to write to", "a contact linked to the deal"),
    "an event": Row(lambda: given(opening(playbook="odd"), text=CONDITION.replace(
                        ", at_most: 14 days", "")).after(days=8), "trial_finished", "held",
                    "waits for trial finished", "trial finished reported"),
    "a calendar that never opens": Row(lambda: closed().after(hours=1), "cadence:row", "held", "",
                                       "a calendar that opens some day"),
    "draft": Row(drafting, "question", "open", "draft question waits to be done",
                 f"the owner approving the draft before {CLOSES}"),
    "call": Row(lambda: given(opening()).after(days=8.5), "ring", "open", "call ring waits",
                "somebody doing it, or taking it off the list"),
    "suppressed": Row(lambda: stopped().contact(suppressed="asked_by_phone"), "second", "barred",
                      "as things stand it will not go: asked by phone",
                      "a person lifting the bar on the address"),
    "opted out": Row(lambda: stopped().contact(opted_out=frozenset({"*"})), "second", "barred",
                     "as things stand it will not go: the contact opted out",
                     "the contact agreeing to mail again"),
    "no consent": Row(lambda: stopped(c.LoseDeal(reason="price")).contact(consents=frozenset()),
                      "check-in-3", "barred", "as things stand it will not go: no consent",
                      "a consent of the contact to marketing mail"),
    "no address": Row(lambda: stopped().contact(has_address=False), "second", "barred",
                      "as things stand it will not go: no address", "an address of the contact"),
    "parked": Row(lambda: stopped(c.NoteAbsence(back_at=at(14))), "second", "planned",
                  "moved: waited: out of office", None),
    "sales talks to them": Row(talked_to, "hello", "planned", "waits: yields_to_cadence",
                               "sales not talking to the contact at present"),
    "overdue": Row(lambda: given(opening()).outage(hours=1), "first", "planned",
                   "it is due since Mon 2 Mar 09:00 and no worker has done it yet",
                   "a worker that runs"),
    "swallowed": Row(lambda: given(opening()).after(days=1).outage(days=9), "second", "planned",
                     "its window has passed while nothing could go out", NO_MAIL),
    "a closed gate": Row(lambda: given(opening()), "owner", "not_begun",
                         'the gate of offer wants "harbour" filled in',
                         "the deal entering offer, when these gates are open"),
    "an open gate": Row(lambda: given(opening(), c.ChangeDetails(fields={
                            "harbour": "x", "budget": "1", "offers": ["1", "2", "3"]}), MEETING),
                        "owner", "not_begun", "chase begins when the deal enters offer",
                        "the deal entering offer; its way there is open"),
}  # fmt: skip


@pytest.mark.parametrize("row", PAST.values(), ids=PAST.keys())
def test_each_reason_of_the_past_is_told_with_what_it_would_need(row: Row) -> None:
    story = row.scene()
    # The stream alone says why: what came of the deal since does not change it.
    (one,) = [x for x in told(story)[row.step] if x.version is not None]
    assert one.status == row.status
    assert any(row.said in why for why in one.why), one.why
    assert (one.would_need or "").startswith(row.need or ""), one.would_need
    assert (row.need is None) == (one.would_need is None)
    assert one.cause is not None
    assert " began on " in one.cause
    assert one.rule is not None
    assert one.rule.endswith("@1")
    assert one.why[-1] == f"rule {one.rule}"
    assert one.actor == "sluice"
    assert one.version


@pytest.mark.parametrize("row", COMING.values(), ids=COMING.keys())
def test_each_reason_of_what_is_to_come_is_told_with_what_it_would_need(row: Row) -> None:
    (one,) = [x for x in told(row.scene())[row.step] if x.version is None]
    assert one.status == row.status
    assert any(row.said in why for why in one.why), one.why
    assert one.would_need == row.need
    assert one.rule is not None


@pytest.mark.parametrize("word", WORDS)
def test_each_wait_says_what_would_end_it(word: str) -> None:
    (one,) = told(waiting(word)())["second"]
    assert one.status == "planned"
    assert WORDS[word] in one.why[0]
    assert one.values["waits_for"] == word
    assert one.would_need is not None
    assert one.would_need.endswith(f" before {CLOSES}")
    assert "no more" not in one.would_need, "there is no sentence for this wait"


def test_stopped_mail_is_told_of_every_mail_to_come_and_of_nothing_else() -> None:
    story = given(opening()).after(days=1)
    running = [one.enrollment_id for one in story.deal.active_enrollments]
    found = told(story, known=Known(halts=dict.fromkeys(running, Halt(at(0.5)))))
    (mail,) = found["second"]
    assert "all mail is stopped since Mon 2 Mar 21:00" in mail.why
    assert mail.would_need == f"a person letting mail go again before {CLOSES}"
    others = [one for step in found for one in found[step] if step != "second"]
    assert not any("mail is stopped" in why for one in others for why in one.why)


def test_every_stop_that_the_house_knows_has_a_need_of_its_own() -> None:
    bare = {word for word in ALWAYS_STOPS if f"no {word}" in (need_of("stopped", word) or "")}
    assert bare <= {"reply"}


def test_one_touch_is_told_once_whatever_befell_it() -> None:
    for story in (on_its_way(), settled("sent", "")(), settled("cancelled", "lost, says P-1")()):
        past = [one for one in told(story)["second"] if one.version is not None]
        assert len(past) == 1


def test_who_stopped_a_sequence_is_named_at_each_step_that_was_not_made() -> None:
    story = stopped(c.RecordReply())
    heard = [Heard(one, number, "sluice") for number, one in enumerate(story.events, 1)]
    last = [replace(one, actor="olga") if one.event.at == at(1) else one for one in heard]
    found = {one.step: one for one in explain(last, story.deal, story.facts)}
    assert found["third"].actor == "olga"
    assert found["first"].actor == "sluice"


def test_values_say_what_the_window_was_counted_from() -> None:
    (one,) = told(given(opening()).after(days=6))["second"]
    assert one.values["counted_from"] == at()
    assert one.values["counted_from_what"] == "first"
    assert (one.values["window_opens"], one.values["window_closes"]) == (at(3), at(5))
    assert one.values["slot"] == one.at


def test_an_imported_history_explains_itself() -> None:
    assert "first" in told(given(importing(enroll=True)).after(days=4))
