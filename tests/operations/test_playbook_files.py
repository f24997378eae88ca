"""Playbook files: every flaw is told in its place with what to write, and what ships is right."""

import re
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.refusal import NotFound
from operations.authoring.errors import PlaybookErrors
from operations.authoring.files import find, load, load_folder, load_text
from operations.authoring.yaml_tree import LARGEST

ROOT = Path(__file__).parents[2]

HOUSE = """\
playbook: boats
fields: {length: number, offers: money list}
pipeline:
  stages:
  - stage: hello
    chance: 5%
    cadence: row
    prompts: ["Which water?"]
  - {stage: offer, chance: 40%, to_enter: {filled: [length]}}
cadences:
  row:
    stops_on: [meeting]
    steps:
    - {mail: first}
    - {after: 3-5 days, call: ring}
nurtures:
  thanks:
    purpose: service
    steps: [{mail: thanks-1}]
won: {nurture: thanks}
lost: {price: thanks}
"""


def errors(text: str | bytes) -> list[str]:
    """The lines that ops would read."""
    with pytest.raises(PlaybookErrors) as caught:
        load_text(text, "boats.yaml")
    return str(caught.value).splitlines()


def test_a_right_file_gives_the_playbook_and_its_warnings() -> None:
    loaded = load_text(HOUSE, "boats.yaml")
    assert loaded.playbook.playbook == "boats"
    (warning,) = loaded.warnings
    assert str(warning).startswith("boats.yaml:14:5 cadences.row.steps only 2 mails and calls")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("pipeline:", "pipelin:", '3:1 pipelin unknown key "pipelin"; did you mean "pipeline"?'),
        ("chance: 5%", "chanc: 5%", '6:5 pipeline.stages.0.chanc unknown key "chanc"'),
        ("chance: 5%", "chance: 5", "6:13 pipeline.stages.0.chance write a percentage"),
        ("cadence: row", "cadence: rwo", '7:14 pipeline.stages.0.cadence no cadence is called "r'),
        ("[length]", "[lenght]", "9:53 pipeline.stages.1.to_enter.filled.0 no field is called"),
        ("money list", "moneys", "2:34 fields.offers moneys is not known here; did you mean"),
        ("3-5 days", "3-5 dayz", "15:15 cadences.row.steps.1.after '3-5 dayz' is not a length"),
        ("after: 3-5 days, ", "", '15:7 cadences.row.steps.1 a later step needs "after"'),
        ("ring", "first", '15:7 cadences.row.steps.1 "first" is already the name of step 1'),
        ("call: ring", "call: ring, mail: b", "15:43 cadences.row.steps.1.mail one verb a step"),
        ("{mail: first}", "{}", "14:7 cadences.row.steps.0 a step needs one of mail, call, task"),
        ("[meeting]", "[metting]", '12:16 cadences.row.stops_on.0 "metting" cannot stop'),
        ("[meeting]", "meeting", "12:15 cadences.row.stops_on a list is wanted here: write ["),
        ("service", "sales", "18:14 nurtures.thanks.purpose sales is not known here; write serv"),
        ("    purpose: service\n", "", '18:5 nurtures.thanks.purpose "purpose" is missing'),
        ("{nurture: thanks}", "{nurture: thank}", "20:16 won.0.nurture no nurture is called"),
        ("price: thanks", "price: thank", "21:15 lost.price no nurture is called"),
        ("price: thanks", "Too Dear: thanks", "21:8 lost.Too Dear write small letters, digits a"),
        ("boats", "My Boats", "1:11 playbook write small letters, digits, - and _ (at most 60), e"),
        ("stage: hello", "stage: Say Hello", "5:12 pipeline.stages.0.stage write one word"),
        ("hello", "5", '5:12 pipeline.stages.0.stage a text is wanted here: put it in quotes: "5"'),
        ("won: {", "won: {for: owner, assign: owner, ", '20:43 won.0.nurture "assign" already'),
    ],
)
def test_a_wrong_word_is_told_where_it_stands(old: str, new: str, told: str) -> None:
    assert old in HOUSE
    lines = errors(HOUSE.replace(old, new, 1))
    assert any(line.startswith(f"boats.yaml:{told}") for line in lines), lines


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('["Which water?"]', "[Which: water?]", "8:15 pipeline.stages.0.prompts.0 a"),
        ('["Which water?"]', "[? water]", "8:15 pipeline.stages.0.prompts.0 a"),
        ('["Which water?"]', "[Deep: , x]", "8:15 pipeline.stages.0.prompts.0 a"),
        ('["Which water?"]', "[Which? : water]", "8:15 pipeline.stages.0.prompts.0 a"),
        ('["Which water?"]', "[Which, [x]: b]", "8:"),
        ('["Which water?"]', "[*Which]", "8:15 *Which is not used here"),
        ('["Which water?"]', "[&Which x]", "8:15 &Which is not used here"),
        ('["Which water?"]', "[!Which x]", "8:15 !Which is not used here"),
        ('["Which water?"]', "[@home]", "8:15 a text cannot begin"),
        ('["Which water?"]', "[a, no]", "8:18 pipeline.stages.0.prompts.1 no is read diff"),
        (' ["Which water?"]', "\n    - Which: is: it", "9:16 a"),
        (' ["Which water?"]', "\n    - Which: it", "9:7 pipeline.stages.0.prompts.0 a"),
        (' ["Which water?"]', "\n    - ? it", "9:7 pipeline.stages.0.prompts.0 a"),
        ("chance: 5%", "chance: %5", "6:13 a text cannot begin with this sign"),
        ("stage: hello", "stage: hello: you", "5:17 a"),
        ("price: thanks", "no: thanks", "21:8 lost.no"),
        ("price: thanks", "price: 17:00", "21:15 lost.price 17:00 is read differently"),
        ("price: thanks", "price: 010", "21:15 lost.price 010 is read differently"),
        ("price: thanks", "price: ", "21:14 lost.price nothing follows"),
        ("boats", "NO", "1:11 playbook NO is read differently"),
    ],
)
def test_a_text_that_wants_quotes_is_told_so(old: str, new: str, told: str) -> None:
    lines = errors(HOUSE.replace(old, new, 1))
    assert lines[0].startswith(f"boats.yaml:{told}"), lines
    assert (
        "put it in quotes" in lines[0] or "another word as key" in lines[0] or "text in" in lines[0]
    )


def test_the_range_of_a_send_window_needs_no_quotes_a_bare_clock_time_does() -> None:
    calendar = "calendar: {country: PL, send_window: 08:00-16:00}\n"
    assert str(load_text(HOUSE + calendar).playbook.calendar.send_window) == "08:00-16:00"
    (line,) = errors(HOUSE + "calendar: {send_window: 8:00}\n")
    assert line.endswith('8:00 is read differently by some programs: put it in quotes: "8:00"')


def test_norway_is_told_to_stand_in_quotes() -> None:
    (line,) = errors(HOUSE + "calendar: {country: NO}\n")
    assert line.startswith("boats.yaml:22:21 calendar.country NO is read differently")
    assert load_text(HOUSE + 'calendar: {country: "NO"}\n').playbook.calendar.country == "NO"


def test_holidays_are_left_to_publishing() -> None:
    (line,) = errors(HOUSE + "calendar: {holidays: {GB: [2026-12-25]}}\n")
    assert line.startswith('boats.yaml:22:12 calendar.holidays publishing fills in "holidays"')


def test_all_errors_come_at_once_in_file_order() -> None:
    text = HOUSE.replace("5%", "much").replace("cadence: row", "cadence: rwo")
    text = text.replace("[length]", "[lenght]").replace("3-5 days", "soon")
    text = text.replace("thanks-1", "Thanks 1").replace("price: thanks", "price: thank")
    places = [line.split()[0] for line in errors(text)]
    assert places == [
        f"boats.yaml:{place}" for place in ("6:13", "7:14", "9:53", "15:15", "19:20", "21:15")
    ]


def test_a_key_that_stands_twice_names_both_lines() -> None:
    (line,) = errors(HOUSE + "won: {nurture: thanks}\n")
    assert line.startswith('boats.yaml:22:1 won "won" stands twice: it is already in line 20')


def test_one_outcome_without_its_list_still_has_a_place() -> None:
    text = HOUSE.replace("    stops_on", "    if_no_answer: {task: a, fro: owner}\n    stops_on")
    (line,) = errors(text)
    assert line.startswith('boats.yaml:12:29 cadences.row.if_no_answer.0.fro unknown key "fro"')
    assert line.endswith('did you mean "for"?')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1 the file is empty: begin with a line like playbook: my-process"),
        ("# only a remark\n", "1:1 the file is empty"),
        ("- boats\n", "1:1 keys are wanted here, not a list: begin with playbook"),
        ("boats\n", "1:1 keys are wanted here, not boats"),
        ("playbook: boats\n---\nplaybook: cars\n", "2:1 one playbook a file"),
        ("playbook: boats\npipeline:\n\tstages: []\n", "3:1 a tab: indent with blanks"),
        ("playbook: boats\nfields: {a: text\n", "3:1 the list or braces opened in line 2"),
        ("playbook: 'boats\nfields: {}\n", "3:1 the text in quotes that begins in line 1"),
        ("playbook: boats\n  fields: {}\n", '2:9 a ":" inside a text: put it in quotes'),
        ("playbook: bo\x01ats\n", "1:13 an unprintable sign (U+0001)"),
        ("playbook: boats\nfields: {a: " + "[" * 50, "2:31 more than 20 levels deep"),
        ("playbook: boats\n? [a, b]\n: c\n", "2:3 a list or a block cannot be a key"),
        ("playbook: boats\n", "1:1 a playbook needs a pipeline or nurtures"),
    ],
)
def test_a_text_that_is_no_playbook_is_told_with_one_place(text: str, told: str) -> None:
    assert errors(text)[0].startswith(f"boats.yaml:{told}")


def test_a_byte_order_mark_and_windows_line_ends_are_tolerated() -> None:
    data = b"\xef\xbb\xbf" + HOUSE.replace("\n", "\r\n").encode()
    assert load_text(data).playbook == load_text(HOUSE).playbook


def test_a_file_that_is_not_utf_8_is_refused_with_its_place() -> None:
    assert errors("playbook: boats\nfields: {é: text}".encode("latin-1")) == [
        "boats.yaml:2:10 this is not UTF-8 text: save the file as UTF-8"
    ]
    assert "save the file as UTF-8" in errors(HOUSE.encode("utf-16"))[0]


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"a: b\n" * 1_000_000)
    started = time.perf_counter()
    with pytest.raises(PlaybookErrors, match="larger than 64 kB"):
        load(path)
    assert time.perf_counter() - started < 1


def test_an_alias_bomb_ends_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{n}: &b{n} [*a, *a]\n" for n in range(50))
    assert errors(bomb) == [
        "boats.yaml:1:4 &a is not used here: write the value out, or put it in quotes"
    ]


def test_the_message_counts_what_it_does_not_show() -> None:
    text = "playbook: boats\nnurtures: {a: {purpose: service, steps: [" + "{}," * 150 + "]}}\n"
    lines = errors(text)
    assert len(text) < LARGEST
    assert len(lines) == 101
    assert re.fullmatch(r"and \d+ more", lines[-1])


SIGNS = st.sampled_from([*"[]{}:?,-#&*!|>'\"%@`\t\n ", "- ", ": ", "null", "no", "5", "é", "\x07"])


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(HOUSE)), st.integers(0, 9), SIGNS), max_size=3))
def test_a_file_damaged_anywhere_is_a_playbook_or_a_list_of_places(
    damage: list[tuple[int, int, str]],
) -> None:
    text = HOUSE
    for at, lost, sign in damage:
        text = text[:at] + sign + text[at + lost :]
    problems = ()
    try:
        load_text(text, "boats.yaml")
    except PlaybookErrors as error:
        problems = error.problems
    assert all(1 <= problem.line <= text.count("\n") + 2 for problem in problems)


def test_a_mail_that_does_not_exist_is_told_when_the_mails_are_known() -> None:
    assert load_text(HOUSE, mails={"first", "thanks-1"})
    with pytest.raises(PlaybookErrors) as caught:
        load_text(HOUSE, "boats.yaml", mails={"first", "thanks-2"})
    assert str(caught.value) == (
        'boats.yaml:19:20 nurtures.thanks.steps.0.mail no mail is called "thanks-1"; '
        'did you mean "thanks-2"?'
    )


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load(tmp_path / "none.yaml")


def test_a_folder_tells_the_errors_of_all_its_files_and_names_taken_twice(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HOUSE)
    (tmp_path / "b.yaml").write_text(HOUSE)
    (tmp_path / "c.yml").write_text("playbook: cars\n")
    with pytest.raises(PlaybookErrors) as caught:
        load_folder(tmp_path)
    first, second = caught.value.problems
    assert '"boats" is already the name of' in first.message
    assert second.file.endswith("c.yml")


def test_a_playbook_is_found_by_path_or_by_name() -> None:
    folder = ROOT / "playbooks"
    assert find("simple", folder) == folder / "simple.yaml"
    assert find("elsewhere/mine.yaml", folder) == Path("elsewhere/mine.yaml")
    with pytest.raises(NotFound, match='did you mean "simple"'):
        find("simpel", folder)


def test_a_playbook_in_full_dress_is_read() -> None:
    loaded = load_text(textwrap.dedent(FULL))
    playbook = loaded.playbook
    assert playbook.pipeline is not None
    assert playbook.pipeline.stage("tasting").to_enter is not None
    assert playbook.nurtures["club"].only_if == {"contact.persona": ["cook", "host"]}
    (again,) = playbook.nurtures["autumn"].if_answered
    assert again.task == "reopen"


FULL = """
    playbook: wine-to-kitchens
    roles: {manager: cellar-lead, after_sale: table-service}
    calendar:
      zone: Europe/Rome
      country: IT
      countries: [AT]
      working_days: Mon-Sat
      send_window: 10:00-13:00
      blackout: [2026-08-10 to 2026-08-23, 2026-12-24]
      slot: earliest
      no_slot_in_window: skip
      after_downtime: next_slot
    fields: {taste: text, budget: money, chef: contact, opens: date, offers: money list}
    pipeline:
      target_cycle: 6 weeks
      opportunity_from: tasting
      stagnant_after: {in_stage: 3 weeks, silence: 8 days}
      to_win: {done: [contract_signed]}
      stages:
      - stage: list
        chance: 2.5%
        cadence: first-glass
        stagnant_after: {in_stage: 40 days}
        prompts: ["What do you pour today?"]
      - stage: tasting
        chance: 30%
        to_enter: {any_of: [reply, call], filled: [taste, chef], next_step: required}
        assets: [tasting notes]
      - stage: offer
        chance: 60%
        to_enter: {at_least: {offers: 3, budget: 500}, done: [meeting]}
        cadence: ask
        decide_within: 10 business days
      after_won: [pouring]
    stagnation:
      cleared_by: [reply, meeting, stage_change]
      our_turn: 4 hours
      then:
      - {notify: owner}
      - {after: 2 business days, notify: manager}
    cadences:
      first-glass:
        stops_on: [call, meeting, stage_change]
        out_of_office: go_on
        minimum_gap: 3 days
        steps:
        - {mail: hello}
        - {after: 4-6 days, call: ring, due_in: 4 hours, if_not_done: wait, for: manager}
        - {after: 1-2 weeks, mail: again-1}
        - {after: 1-2 weeks, mail: again-2}
        - {after: 1-2 weeks, mail: again-3}
        - {after: 1 month, mail: goodbye}
        if_no_answer:
        - {task: revive-or-close, for: owner}
        - {notify: manager}
      ask:
        steps:
        - {after: 3-5 days since stage_entry, notify: owner}
        - {after: 3 days, notify: owner, named: owner-again}
        - {after: 3-5 days, mail: question, review: owner}
    won: [{assign: after_sale}, {task: hand-over, for: after_sale, due_in: 1 business day}]
    lost: {price: autumn, not_a_fit: nothing}
    nurtures:
      club:
        purpose: marketing
        starts_on: {event: glass_ordered, key: order_id}
        only_if: {contact.persona: [cook, host]}
        again: after 1 year
        yields_to: cadences
        stops_on: [deal_opened, glass_broken]
        steps:
        - {mail: club-1}
        - {wait_for: glass_empty, at_most: 2 weeks}
        - {after: 1 business day, only_if: {engagement_at_least: 40}, notify: owner}
        - {after: 1 business day, only_if: {engagement_below: 40}, mail: club-2}
      autumn:
        purpose: marketing
        steps:
        - {after: 3 months since start, mail: autumn-1}
        - {after: 6 months since start, mail: autumn-2}
        if_answered: {task: reopen, for: owner}
"""
