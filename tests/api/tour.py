"""A walk through the whole API: every operation is asked once for its good answer."""

from dataclasses import replace
from typing import Any

from activities.delivering import Courier
from client import Sluice
from operations import jobs
from operations.house import House
from operations.post import mail_room
from operations.webhooks import deliveries
from store import sends
from tests.operations.test_drafts import waiting
from tests.operations.test_mail_room import doubtful
from tests.support.houses import ROOT
from tests.support.post import came, written
from tests.support.receiver import Receiver
from tests.support.shortcut import ANN, BOB, OLGA

SIMPLE = (ROOT / "playbooks" / "simple.yaml").read_text(encoding="utf-8")
TRIAL = (ROOT / "playbooks" / "trial-care.yaml").read_text(encoding="utf-8")
CRM = (ROOT / "playbooks" / "crm-sales.yaml").read_text(encoding="utf-8")
DEALS = (
    b"opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
)
DEALS += b"1C1I7A6R,Moses Frase,GTX Plus Basic,Cancity,Won,2026-01-20,2026-02-01,1054\n"
CONTACTS = b"email,name,country,consent\nzoe@else.example,Zoe Else,PL,marketing:fair\n"


async def walk(api: Sluice, house: House) -> None:
    """Ask for everything. The house has a relay that takes mail, and a mailbox to read."""
    ann = (await api.find_contact({"who": ANN}))["contact_id"]
    await _deal(api, ann)
    await _contact(api, ann)
    await _rules(api)
    await _nurture(api)
    await _work(api, house)
    await _mail(api, house)
    await _others(api)
    await _webhooks(api, house)


async def _deal(api: Sluice, ann: str) -> None:
    opening: Any = {"title": "Two hundred seats", "contacts": [ANN], "owner": OLGA}
    opening |= {"amount": "12000", "currency": "EUR"}
    await api.open_deal(opening, dry_run=True)
    told: Any = await api.open_deal(opening, idempotency_key="crm-00017")
    deal = told["deal_id"]
    await api.show_deal(deal)
    await api.list_deals(status="open", playbook="simple")
    await api.show_board(playbook="simple")
    await api.show_stagnant(by="stage")
    await api.deal_next(deal)
    await api.explain_deal(deal)
    await api.deal_timeline(deal)
    reply: Any = {"kind": "record_reply", "channel": "email", "note": "She wants a quote"}
    await api.command_deal(deal, reply, if_match=told["version"])
    await api.deal_history(deal)
    await api.ask_in_bulk({"commands": [
        {"open": {"title": "A small one", "contacts": [ann]}},
        {"deal_id": deal, "command": {"kind": "win_deal", "reason": "Signed"}},
        {"deal_id": deal, "command": {"kind": "win_deal"}},
    ]})  # fmt: skip
    await api.show_command("crm-00017")


async def _contact(api: Sluice, ann: str) -> None:
    await api.add_contact({"email": "cy@them.example", "name": "Cy Other", "country": "GB"})
    cy = (await api.find_contact({"who": "cy@them.example"}))["contact_id"]
    await api.change_contact(cy, {"name": "Cyrus Other"}, if_match=1)
    await api.list_contacts(limit=2)
    await api.search_contacts({"text": "ann"})
    await api.show_contact(ann)
    await api.contact_history(ann)
    await api.give_consent(cy, {"purpose": "marketing", "basis": "fair-2026"})
    await api.withdraw_consent(cy, {"purpose": "marketing", "how": "by_phone"})
    await api.ask_consent(cy, {"purpose": "marketing"})
    await api.tell_event(cy, {"name": "trial_started", "key": "t-1"})
    await api.bounce_contact(cy, {"soft": True})
    await api.unsubscribe_contact(cy, {"purpose": "marketing"})
    await api.complain_contact(cy)
    await api.suppress_address({"who": "nobody@else.example", "reason": "asked_by_phone"})
    await api.list_suppressions()
    await api.unsuppress_address({"who": "nobody@else.example", "reason": "came_back"})
    await api.forget_contact(cy)


async def _rules(api: Sluice) -> None:
    await api.check_playbook({"text": SIMPLE})
    await api.diff_playbook({"text": SIMPLE.replace("chance: 20%", "chance: 25%", 1)})
    await api.publish_playbook({"text": TRIAL})
    await api.publish_playbook({"text": CRM})
    await api.list_playbooks()
    await api.show_playbook("simple", edition=1)
    await api.publish_playbook(
        {"text": SIMPLE.replace("chance: 20%", "chance: 25%", 1), "based_on": 1}
    )
    await api.show_playbook_parts("simple")
    await api.list_playbook_editions("simple")
    await api.compare_playbook_editions("simple", before=1, after=2)
    await api.list_templates()
    await api.show_template("first-contact")
    await api.check_templates(template="first-contact", locale="en")
    await api.preview_template("first-contact", locale="en")
    words = (await api.show_template("first-contact"))["source"].replace("Hello", "Good day")
    looked = await api.check_template_text("first-contact", {"text": words})
    await api.publish_template("first-contact", {"text": words, "base": looked["base"]})
    await api.list_template_versions("first-contact")
    await api.send_test("first-contact", {"to": OLGA})


async def _nurture(api: Sluice) -> None:
    await api.list_nurtures()
    await api.enroll_contacts("trial", {"contacts": [BOB]}, playbook="trial-care", dry_run=True)
    await api.enroll_contacts("trial", {"contacts": [BOB]}, playbook="trial-care")
    await api.show_nurture("trial", playbook="trial-care")
    bob = (await api.find_contact({"who": BOB}))["contact_id"]
    await api.explain_nurture("trial", contact=bob, playbook="trial-care")
    await api.stop_nurture("trial", {"everybody": True}, playbook="trial-care")


async def _work(api: Sluice, house: House) -> None:
    draft = await waiting(house)
    tasks = await api.list_tasks()
    await api.show_task(draft.task_id)
    await api.finish_task(draft.task_id, {"words": draft.words}, dry_run=True)
    await api.finish_task(draft.task_id, {"words": draft.words})
    other = next(one for one in tasks["tasks"] if one["task_id"] != draft.task_id)
    await api.drop_task(other["task_id"])


async def _mail(api: Sluice, house: House) -> None:
    deal_id, touch_id = await doubtful(house)
    await api.list_mails(status="in_doubt")
    await api.show_mail(touch_id)
    await api.explain_mail(touch_id)
    await api.resolve_mail(touch_id, {"outcome": "arrived", "reason": "Bob has it"})
    await api.stop_mail({"reason": "a wrong price"})
    await api.mail_status()
    await api.start_mail()
    halt(house)
    await api.release_mailbox({"mailbox": "main"})
    taken = came(house, written(sender="zoe@else.example"))
    await api.list_inbox()
    await api.show_inbound(taken.inbound_id)
    await api.attach_inbound(taken.inbound_id, {"deal": deal_id, "contact": ANN})
    other = came(house, written(sender="zoe@else.example", message_id="<2@else.example>"))
    await api.ignore_inbound(other.inbound_id)
    await api.poll_mailboxes()
    await api.list_folders()


async def _others(api: Sluice) -> None:
    await api.who_am_i()
    await api.add_person({"email": "max@us.example", "name": "Max Manager"})
    people = await api.list_people()
    olga = people["people"][-1]["person_id"]
    await api.show_person(olga)
    await api.add_person({"email": OLGA, "role": "rep"})
    await api.invite_person(olga)
    await api.sign_out_person(olga)
    await api.work_of_person(olga)
    await api.day_of_person(olga)
    key = await api.add_key({"name": "the shop", "scopes": ["read"], "days": 30})
    await api.list_keys()
    await api.revoke_key(key["key_id"])
    await api.read_audit(limit=2)
    await api.upload_deals(file=("deals.csv", DEALS), dry_run=True)
    await api.upload_contacts(file=("contacts.csv", CONTACTS))
    await api.read_events(kind=["deal_opened"], limit=2)
    await api.verify_memory()
    await api.examine_house()
    job = await api.start_job({"kind": "backup"})
    await api.list_jobs()
    await api.transfer_work(olga, {"to": "max@us.example"})
    await jobs.finished()
    await api.show_job(job["job_id"])


async def _webhooks(api: Sluice, house: House) -> None:
    """An endpoint that does not take the first event, and is told it again in the end."""
    house.config = replace(house.config, webhook_loopback=True)
    async with Receiver(answers=[500]) as receiver:
        wanted: Any = {"url": receiver.url, "kinds": ["deal_won"], "after": 0}
        made = await api.add_webhook({**wanted, "description": "The data lake"})
        its_id = made["webhook_id"]
        poster = deliveries.poster(house)
        courier = Courier(house.store, house.time, house.config.secret, poster)
        await courier.tell(its_id)
        await api.list_deliveries(its_id, status="waiting")
        await api.skip_delivery(its_id)
        await api.replay_webhook(its_id, {})
        await courier.tell(its_id)
        await api.list_deliveries(its_id)
        await api.test_webhook(its_id)
        await api.pause_webhook(its_id)
        await api.resume_webhook(its_id)
        await api.rotate_webhook(its_id)
        await api.list_webhooks()
        await api.show_webhook(its_id)
        await api.remove_webhook(its_id)
        await api.add_webhook({**wanted, "description": "The data lake"})


def halt(house: House) -> None:
    """The breaker has halted the only mailbox."""
    from store import switches
    from store.switches import HALTED, Switch

    with house.store.write() as tx:
        halted = Switch(f"{HALTED}:main", True, house.time.now(), "house", "12% came back")
        switches.flip(tx, halted)


__all__ = ["mail_room", "sends", "walk"]
