"""Every mutation leaves one entry in the log, through whichever operation it went."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.applying import apply_command
from domain import commands as c
from domain.ids import deal_id_for
from domain.refusal import Malformed, NotFound, Refused
from operations import barring, contacts, desk, people
from operations.access import auditing
from operations.access.auditing import Line
from operations.contacts import NewContact
from operations.desk import kept_command, submit
from operations.house import EngineUnreachable, House
from operations.logbook import remembering
from operations.people import NewPerson
from operations.post import mail_room
from store import commands
from store.errors import Unreachable
from tests.support.houses import ROOT, opened_house

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

BY_ITSELF = {
    "operations/accounts.py:add": "the change of the deal that names the account is entered",
    "operations/post/drafts.py:approve": "finishing the task, which follows, is entered",
    "operations/post/doubts.py:_settle": "machinery: a mailbox's evidence, told in the ledger",
    "operations/logbook.py:enter_refusal": "is the log",
    "operations/desk.py:record": "`apply_in` enters it",
    "operations/desk.py:_take_in": "`apply_in` enters it",
    "operations/desk.py:_turned_away": "takes back what was never done",
    "operations/contact_events.py:report": "its `_write` enters it",
    "operations/importing/deals.py:_change": "the run is entered once",
    "operations/importing/deals.py:_transaction": "the run is entered once",
    "operations/importing/digests.py:let_go": "the run is entered once",
    "operations/inbound/addresses.py:issue": "belongs to the opening of a deal",
    "operations/stop_facts.py:deal_reply": "a command of a deal, which `apply_in` enters",
    "operations/authoring/proofs.py:_outcome": "how the test mail, which is entered, ended",
    "operations/asking_consent.py:_outcome": "how the question, which is entered, ended",
    "operations/access/signing_in.py:visitor": "when a session was used last",
    "operations/access/signing_in.py:_count": "counts of attempts",
    "operations/access/signing_in.py:sign_in": "its `_begin` enters it",
    "operations/access/passwords.py:set_password": "its `_set` enters it",
    "operations/access/passwords.py:accept": "its `_set` enters it",
    "operations/access/keys.py:holder": "when a key was used last",
    "operations/jobs.py:_change": "how far a job is that was entered as it began",
}
"""Functions that write and leave the entry to others, or have none to leave."""

MACHINERY = (
    "operations/arming.py",
    "operations/waking.py",
    "operations/rescheduling.py",
    "operations/clicking.py",
    "operations/inbound/taking.py",
    "operations/webhooks/relaying.py",
    "operations/inbound/forgetting.py",
    "operations/demonstration/",
)
"""What nobody asks for: wake-ups, clicks, mail as it comes in, what is told on, a rehearsal."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path, NOW, ("simple",)) as opened:
        yield opened


def log(house: House, actor: str) -> list[tuple[str, str, str | None, str | None]]:
    found: tuple[Line, ...] = auditing.list_page(house, actor=actor).entries
    return [(one.what, one.outcome, one.stream, one.code) for one in found]


def test_each_function_that_writes_enters_it_or_says_why_not() -> None:
    silent, used = [], set()
    for path in sorted((ROOT / "operations").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(MACHINERY):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            text = ast.unparse(node)
            inner = any(
                ".store.write(" in ast.unparse(one)
                for one in ast.walk(node)
                if isinstance(one, ast.FunctionDef) and one is not node
            )
            if ".store.write(" not in text or inner or "once(" in text or "note(" in text:
                continue
            where = f"{name}:{node.name}"
            used.add(where)
            if where not in BY_ITSELF:
                silent.append(where)
    assert "\n".join(silent) == ""
    assert used == set(BY_ITSELF), "an exception that no longer is one"


def test_what_is_done_leaves_one_entry_and_a_repeat_none(house: House) -> None:
    ann = NewContact(email="ann@them.example", name="Ann Canary")
    for _ in range(2):
        its_id = contacts.add(house, ann, actor="P-9", command_id="the-same-command")
    assert log(house, "P-9") == [("add_contact", "done", f"contact/{its_id.contact_id}", None)]
    people.add(house, NewPerson(email="li@us.example", name="Mei Secret"), actor="P-8")
    mail_room.stop(house, actor="P-8", reason="a private reason")
    assert [what for what, *_ in log(house, "P-8")] == ["stop_mail", "add_person"]
    everything = str(auditing.list_page(house).entries)
    for secret in ("Canary", "them.example", "Secret", "private"):
        assert secret not in everything


def test_what_is_refused_leaves_one_entry_and_changes_nothing(house: House) -> None:
    with pytest.raises(NotFound):
        barring.unsuppress(house, "ann@them.example", reason="x", actor="key/abc")
    ((what, outcome, _, code),) = log(house, "key/abc")
    assert (what, outcome, code) == ("unsuppress", "refused", "not_found")
    (entry,) = auditing.list_page(house, actor="key/abc").entries
    assert entry.key_id == "abc"


def test_a_dry_run_leaves_none(house: House) -> None:
    added = contacts.add(house, NewContact(email="a@them.example"), actor="P-1", dry_run=True)
    assert added.created
    assert log(house, "P-1") == []


def test_what_a_deal_decides_leaves_one_entry_each(house: House) -> None:
    def ask(command: c.AnyCommand, its_id: str, deal_id: str) -> None:
        with house.store.write() as tx:
            commands.keep(tx, kept_command(house, command, "P-1", deal_id, its_id))
        for _ in range(2):
            apply_command(house.store, house.time, its_id)

    deal_id = deal_id_for("open")
    ask(c.OpenDeal(playbook="simple", title="A secret title"), "open", deal_id)
    ask(c.AdvanceDeal(stage="proposal"), "too-early", deal_id)
    done, refused = ("open_deal", "done"), ("advance_deal", "refused")
    assert [one[:2] for one in log(house, "P-1")] == [refused, done]
    assert log(house, "P-1")[0][2:] == (f"deal/{deal_id}", "gate_closed")
    assert "secret" not in str(auditing.list_page(house).entries)


async def test_a_plain_refusal_at_the_desk_leaves_one_entry_too(house: House) -> None:
    with pytest.raises(Refused):
        await submit(house, c.WinDeal(), actor="P-1", deal_id="D-nothing")
    assert [one[:2] for one in log(house, "P-1")] == [("win_deal", "refused")]
    with pytest.raises(EngineUnreachable):
        await submit(house, c.OpenDeal(playbook="simple", title="x"), actor="P-2")
    assert log(house, "P-2") == [], "nothing was accepted"


def test_the_log_is_paged_by_a_cursor(house: House) -> None:
    for number in range(5):
        contacts.add(house, NewContact(email=f"a{number}@them.example"), actor="P-1")
    first = auditing.list_page(house, limit=2)
    second = auditing.list_page(house, limit=2, cursor=first.cursor)
    third = auditing.list_page(house, limit=2, cursor=second.cursor)
    ids = [one.entry_id for page in (first, second, third) for one in page.entries]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), third.cursor) == (5, None)
    for wrong in ("x", "-1", "9" * 30, "1 OR 1"):
        with pytest.raises(Malformed):
            auditing.list_page(house, cursor=wrong)


def test_a_refusal_whose_entry_cannot_be_kept_is_still_told(house: House) -> None:
    class Down:
        def write(self) -> None:
            raise Unreachable("down")

    no = NotFound("there is no such thing")
    with pytest.raises(NotFound), remembering(house, "x", actor="P-1", stream="deal/D-1"):
        raise no
    real, house.store = house.store, Down()  # type: ignore[assignment]
    with pytest.raises(NotFound), desk.reaching("the database"):
        raise no
    house.store = real
