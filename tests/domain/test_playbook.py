"""The playbook language: what its words mean, what it refuses, how it falls into parts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.playbooks.condition import holds
from domain.playbooks.lint import lint
from domain.playbooks.parts import PipelinePart, part_model, part_text, parts
from domain.playbooks.playbook import LOST_REASONS, Gate, Pipeline, Playbook, Stage, StagnantAfter
from domain.playbooks.sequence import Cadence, Nurture, Outcome, Step
from domain.times.duration import Duration, Span


def house(**more: Any) -> dict[str, Any]:
    """A small playbook as a file would give it."""
    return {
        "playbook": "boats",
        "roles": {"after_sale": "crew"},
        "fields": {"length": "number", "offers": "money list", "harbour": "text"},
        "pipeline": {
            "stagnant_after": {"in_stage": "20 days", "silence": "9 days"},
            "stages": [
                {"stage": "hello", "chance": "5%", "cadence": "row"},
                {
                    "stage": "offer",
                    "chance": "40%",
                    "to_enter": {"filled": ["harbour"], "at_least": {"offers": 3}},
                    "stagnant_after": {"silence": "4 days"},
                    "decide_within": "14 days",
                },
            ],
            "after_won": ["afloat"],
        },
        "stagnation": {
            "our_turn": "1 business day",
            "then": [{"notify": "owner"}, {"after": "2 business days", "notify": "manager"}],
        },
        "cadences": {
            "row": {"steps": [{"mail": "first"}, {"after": "3-5 days", "call": "ring"}]},
        },
        "won": [{"assign": "after_sale"}, {"nurture": "thanks"}],
        "lost": {"price": "thanks", "silent": "nothing"},
        "nurtures": {"thanks": {"purpose": "service", "steps": [{"mail": "thanks-1"}]}},
    } | more


def refusals(model: type, raw: Any) -> dict[str, str]:
    """What the model says no to: path and message."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(raw)  # type: ignore[attr-defined]
    return {".".join(map(str, each["loc"])): each["msg"] for each in caught.value.errors()}


def test_a_pipeline_knows_its_stages_in_order_those_after_won_included() -> None:
    pipeline = Playbook.model_validate(house()).pipeline
    assert pipeline is not None
    assert pipeline.names == ("hello", "offer", "afloat")
    assert pipeline.first.stage == "hello"
    assert pipeline.index("afloat") == 2
    assert pipeline.stage("offer").chance == 0.4
    assert pipeline.stage("afloat") == Stage(stage="afloat", chance=1.0)
    with pytest.raises(KeyError):
        pipeline.stage("away")
    with pytest.raises(KeyError):
        pipeline.index("away")


@given(st.decimals(0, 100, places=2))
def test_a_chance_is_written_as_percentage_and_read_back_the_same(percent: Any) -> None:
    stage = Stage.model_validate({"stage": "s", "chance": f"{percent}%"})
    assert stage.chance == pytest.approx(float(percent) / 100)
    assert Stage.model_validate_json(stage.model_dump_json(exclude_none=True)) == stage


@pytest.mark.parametrize("text", [20, "20", "101%", "five%", "%", "-5%", True, None, "5 %", "1e1%"])
def test_a_chance_that_is_no_percentage_is_refused_with_what_to_write(text: Any) -> None:
    assert "write a percentage" in refusals(Stage, {"stage": "s", "chance": text})["chance"]


def test_a_step_has_exactly_one_verb_and_takes_its_name_from_it() -> None:
    step = Step.model_validate({"after": "3-5 days", "mail": "first"})
    assert (step.verb, step.name, step.after) == ("mail", "first", Span.parse("3-5 days"))
    assert "one verb a step" in refusals(Step, {"mail": "a", "call": "b"})["call"]
    assert "needs one of mail" in refusals(Step, {"after": "3 days"})[""]


@pytest.mark.parametrize(
    ("verb", "key", "value"),
    [
        ("call", "review", "owner"),
        ("mail", "due_in", "1 day"),
        ("notify", "if_not_done", "wait"),
        ("mail", "for", "manager"),
        ("task", "at_most", "3 days"),
        ("mail", "named", "other"),
    ],
)
def test_a_key_that_does_not_go_with_the_verb_is_refused(verb: str, key: str, value: str) -> None:
    assert f"not with {verb}" in refusals(Step, {verb: "owner", key: value})[key]


def test_two_steps_may_not_go_at_once_nor_share_a_name() -> None:
    steps = [
        {"mail": "a"},
        {"mail": "b"},
        {"wait_for": "bell", "at_most": "3 days"},
        {"after": "3 days", "task": "a"},
        {"after": "3 days", "notify": "owner"},
        {"after": "3 days", "notify": "owner"},
    ]
    told = refusals(Cadence, {"steps": steps})
    assert list(told) == ["steps.1", "steps.3", "steps.5"]
    assert 'needs "after"' in told["steps.1"]
    assert '"a" is already the name of step 1' in told["steps.3"]
    assert "named: owner-again" in told["steps.5"]


def test_a_notice_may_come_twice_under_a_name_of_its_own() -> None:
    steps = [{"notify": "owner"}, {"after": "3 days", "notify": "owner", "named": "once-more"}]
    cadence = Cadence.model_validate({"steps": steps})
    assert [step.name for step in cadence.steps] == ["owner", "once-more"]
    assert cadence.step("once-more") == cadence.steps[1]
    assert cadence.step("never") is None


def test_an_outcome_is_one_thing_and_may_stand_without_a_list() -> None:
    cadence = Cadence.model_validate(
        {"steps": [{"mail": "a"}], "if_no_answer": {"task": "revive", "due_in": "1 day"}}
    )
    (outcome,) = cadence.if_no_answer
    assert (outcome.kind, outcome.task, outcome.for_) == ("task", "revive", "owner")
    assert "already stands here" in refusals(Outcome, {"task": "a", "nurture": "b"})["nurture"]
    assert "is wanted here" in refusals(Outcome, {})[""]
    assert "goes with task" in refusals(Outcome, {"notify": "owner", "due_in": "1 day"})["due_in"]


def test_a_cadence_has_the_purpose_sales_and_cannot_name_another() -> None:
    assert Cadence.purpose == "sales"
    raw = {"steps": [{"mail": "a"}], "purpose": "service"}
    assert "purpose" in refusals(Cadence, raw)


@pytest.mark.parametrize("key", ["always_stop", "ignore", "continue_on", "stops_never"])
def test_no_key_switches_a_safety_stop_off(key: str) -> None:
    assert key in refusals(Cadence, {"steps": [{"mail": "a"}], key: ["reply"]})
    assert key in refusals(
        Nurture, {"steps": [{"mail": "a"}], "purpose": "service", key: ["opt_out"]}
    )


def test_again_is_never_after_end_or_a_duration() -> None:
    raw = {"purpose": "service", "steps": [{"mail": "a"}]}
    assert Nurture.model_validate(raw).again_after is None
    later = Nurture.model_validate(raw | {"again": "after 180 days"})
    assert later.again_after == Duration(180, "day")
    for text in ("after", "after 5", "sometimes", "after never"):
        assert "after 180 days" in refusals(Nurture, raw | {"again": text})["again"]


def test_a_stage_limit_stands_over_the_default_measure_by_measure() -> None:
    own = StagnantAfter.model_validate({"silence": "4 days"})
    default = StagnantAfter.model_validate({"in_stage": "20 days", "silence": "9 days"})
    both = own.over(default)
    assert (both.in_stage, both.silence) == (Duration(20, "day"), Duration(4, "day"))
    assert own.over(None) == own


def test_references_are_told_together_with_shape_errors() -> None:
    raw = house(won=[{"nurture": "thank"}], lost={"price": "later"})
    raw["pipeline"]["stages"][0] |= {"cadence": "rows", "chance": "much"}
    told = refusals(Playbook, raw)
    assert set(told) == {
        "won.0.nurture",
        "lost.price",
        "pipeline.stages.0.cadence",
        "pipeline.stages.0.chance",
    }
    assert told["pipeline.stages.0.cadence"].endswith('did you mean "row"?')


@pytest.mark.parametrize(
    ("gate", "path", "words"),
    [
        ({"filled": ["harbor"]}, "filled.0", 'did you mean "harbour"?'),
        ({"at_least": {"offer": 3}}, "at_least.offer", 'did you mean "offers"?'),
        ({"at_least": {"harbour": 3}}, "at_least.harbour", "wants a list, number or money"),
        ({"done": ["meting"]}, "done.0", "Input should be"),
        ({"any_of": ["stage_change"]}, "any_of.0", "Input should be"),
        ({"next_step": "yes"}, "next_step", "required"),
    ],
)
def test_a_gate_names_declared_fields_and_known_activities(
    gate: dict[str, Any], path: str, words: str
) -> None:
    raw = house()
    raw["pipeline"]["stages"][1]["to_enter"] = gate
    assert words in refusals(Playbook, raw)[f"pipeline.stages.1.to_enter.{path}"]
    raw = house()
    raw["pipeline"]["to_win"] = gate
    assert words in refusals(Playbook, raw)[f"pipeline.to_win.{path}"]


@pytest.mark.parametrize("name", ["won", "lost", "Won", "hello"])
def test_a_stage_name_is_unique_and_no_ending(name: str) -> None:
    raw = house()
    raw["pipeline"]["after_won"] = [name]
    assert list(refusals(Playbook, raw)) == ["pipeline.after_won.0"]


def test_a_cadence_stops_on_known_words_and_a_nurture_on_events_of_its_own() -> None:
    raw = house()
    raw["cadences"]["row"]["stops_on"] = ["meetings"]
    raw["nurtures"]["thanks"]["stops_on"] = ["boat_sunk"]
    told = refusals(Playbook, raw)
    assert list(told) == ["cadences.row.stops_on.0"]
    assert told["cadences.row.stops_on.0"].endswith('did you mean "meeting"?')


@pytest.mark.parametrize(
    "place",
    [
        {"won": {"assign": "crew"}},
        {"won": {"task": "a", "for": "crew"}},
        {"stagnation": {"then": [{"notify": "crew"}]}},
        {"stagnation": {"then": [{"task": "a", "for": "crew"}]}},
    ],
)
def test_a_role_is_owner_manager_or_declared(place: dict[str, Any]) -> None:
    (message,) = refusals(Playbook, house(**place)).values()
    assert message.startswith('nobody has the role "crew"')


def test_stagnation_sends_no_mail_to_the_customer() -> None:
    told = refusals(Playbook, house(stagnation={"then": [{"mail": "nudge"}]}))
    assert "is for cadences" in told["stagnation.then.0.mail"]


def test_a_playbook_needs_a_pipeline_or_nurtures() -> None:
    assert "a pipeline or nurtures" in refusals(Playbook, {"playbook": "empty"})[""]


def test_without_lost_the_usual_reasons_hold_and_the_lint_says_so() -> None:
    raw = house()
    del raw["lost"]
    playbook = Playbook.model_validate(raw)
    assert playbook.reasons == LOST_REASONS
    assert ("pipeline",) in [each.path for each in lint(playbook)]


def test_the_parts_split_limits_from_the_pipeline_and_put_nothing_twice() -> None:
    found = parts(Playbook.model_validate(house()))
    assert list(found) == ["pipeline", "limits", "calendar", "cadence:row", "nurture:thanks"]
    pinned = found["pipeline"]
    assert isinstance(pinned, PipelinePart)
    assert pinned.pipeline.stagnant_after is None
    assert pinned.pipeline.stage("offer").decide_within is None
    limits: Any = found["limits"]
    assert limits.stagnant_in("offer").silence == Duration(4, "day")
    assert limits.stagnant_in("offer").in_stage == Duration(20, "day")
    assert limits.stagnant_in("renamed-away").silence == Duration(9, "day")
    assert limits.decide_within("offer") == Duration(14, "day")
    assert limits.decide_within("hello") is None


def test_a_changed_limit_changes_the_limits_part_alone() -> None:
    raw = house()
    raw["pipeline"]["stages"][1] |= {"stagnant_after": {"silence": "1 day"}}
    before, after = parts(Playbook.model_validate(house())), parts(Playbook.model_validate(raw))
    changed = [name for name in before if part_text(before[name]) != part_text(after[name])]
    assert changed == ["limits"]


def test_every_part_reads_back_from_its_text() -> None:
    for name, part in parts(Playbook.model_validate(house())).items():
        text = part_text(part)
        again = part_model(name).model_validate_json(text)
        assert again == part
        assert part_text(again) == text
    with pytest.raises(KeyError):
        part_model("scores:x")


def test_a_whole_playbook_reads_back_from_its_json() -> None:
    playbook = Playbook.model_validate(house())
    text = playbook.model_dump_json(by_alias=True, exclude_none=True)
    assert Playbook.model_validate_json(text) == playbook


def test_rules_may_be_built_in_python_with_the_same_checks() -> None:
    pipeline = Pipeline(stages=(Stage(stage="a", chance=0.5, to_enter=Gate(done=("call",))),))
    cadence = Cadence(steps=(Step(mail="a"), Step(call="b", for_="manager", after="3 days")))
    assert Playbook(playbook="p", pipeline=pipeline, cadences={"c": cadence}).pipeline == pipeline
    with pytest.raises(ValidationError, match='needs "after"'):
        Cadence(steps=(Step(mail="a"), Step(mail="b")))
    with pytest.raises(ValidationError, match="frozen"):
        pipeline.stages = ()


def test_a_condition_is_a_closed_list_of_comparisons() -> None:
    condition = {"contact.persona": ["ops", "founder"], "engagement_at_least": 40}
    Step.model_validate({"mail": "a", "only_if": condition})
    facts = {"contact.persona": "ops", "engagement": 40}
    assert holds(None, {})
    assert holds(condition, facts)
    assert not holds(condition, facts | {"engagement": 39})
    assert not holds(condition, facts | {"contact.persona": None})
    assert holds({"fit_below": 1}, {})
    assert holds({"contact.segment": "a"}, {"contact.segment": ["a", "b"]})
    for bad in ({"os.system": "x"}, {"fit_below": "x"}, {"contact.zone": 5}, {"fit_below": True}):
        assert refusals(Step, {"mail": "a", "only_if": bad})


def test_the_lint_warns_of_few_touches_short_gaps_and_falling_chances() -> None:
    raw = house()
    raw["pipeline"]["stages"][1]["chance"] = "1%"
    raw["cadences"]["row"]["steps"][1]["after"] = "47 hours"
    raw["cadences"]["row"]["minimum_gap"] = "1 day"
    raw["nurtures"]["thanks"]["stops_on"] = ["deal_open", "boat_sunk"]
    paths = [".".join(map(str, each.path)) for each in lint(Playbook.model_validate(raw))]
    assert sorted(paths) == [
        "cadences.row.minimum_gap",
        "cadences.row.steps",
        "cadences.row.steps.1.after",
        "nurtures.thanks.stops_on.0",
        "pipeline.stages.1.chance",
    ]
