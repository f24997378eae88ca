"""Durations and spans: read from the text of a file and written back the same."""

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from domain.times.duration import Duration, Span


class Step(BaseModel):
    after: Span
    due_in: Duration | None = None


units = st.sampled_from(["minute", "hour", "day", "week", "month", "year", "business_day"])
durations = st.builds(Duration, st.integers(1, 10), units)
anchors = st.sampled_from(["previous_touch", "start", "stage_entry"])


@st.composite
def spans(draw):
    low = draw(durations)
    more = draw(st.none() | st.integers(1, 10))
    limit = Duration(min(low.amount + more, 10), low.unit) if more and low.amount < 10 else None
    return Span(low, limit, draw(anchors))


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("14 days", 14, "day"),
        ("1 business day", 1, "business_day"),
        ("3 business days", 3, "business_day"),
        ("30 minutes", 30, "minute"),
        ("48 hours", 48, "hour"),
        ("6 months", 6, "month"),
        ("1 year", 1, "year"),
        ("2 weeks", 2, "week"),
    ],
)
def test_a_duration_is_read_and_written_as_people_say_it(text, amount, unit):
    duration = Duration.parse(text)
    assert duration == Duration(amount, unit)
    assert str(duration) == text


def test_a_span_names_two_ends_and_where_it_counts_from():
    assert Span.parse("3-5 days") == Span(Duration(3, "day"), Duration(5, "day"))
    assert Span.parse("14 days") == Span(Duration(14, "day"), None, "previous_touch")
    assert Span.parse("3 months since start") == Span(Duration(3, "month"), None, "start")
    assert Span.parse("3-5 days since stage_entry").anchor == "stage_entry"


def test_days_and_weeks_elapse_and_months_and_business_days_do_not():
    assert Duration(1, "day").elapsed == timedelta(hours=24)
    assert Duration(2, "week").elapsed == timedelta(days=14)
    assert Duration(1, "month").elapsed is None
    assert Duration(1, "business_day").elapsed is None


@settings(deadline=None)
@given(durations)
def test_a_duration_survives_being_written(duration):
    assert Duration.parse(str(duration)) == duration
    assert re.search(Duration.pattern, str(duration))


@settings(deadline=None)
@given(spans(), st.none() | durations)
def test_a_span_survives_being_written_to_json(span, due_in):
    step = Step(after=span, due_in=due_in)
    assert Span.parse(str(span)) == span
    assert re.search(Span.pattern, str(span))
    assert Step.model_validate_json(step.model_dump_json()) == step


def refusal(kind, text):
    """The message with which a text is refused, None when it can be read."""
    try:
        kind.parse(text)
    except ValueError as refused:
        return str(refused)
    return None


@settings(deadline=None)
@given(st.from_regex(Span.pattern.replace("[0-9]*", "[0-9]?"), fullmatch=True))
def test_what_the_schema_lets_through_is_read_or_refused_for_its_length_or_order(text):
    told = refusal(Span, text)
    assert told is None or re.search("ten years|shorter comes first|ends are the same", told)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_whatever_cannot_be_read_is_refused_with_an_example(text):
    for kind in (Duration, Span):
        told = refusal(kind, text)
        assert told is None or "write" in told or "ten years" in told


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("14", "'14' has no unit: write '14 days' or '14 hours'"),
        ("3d", "'3d' is not a length of time: write '3 days'"),
        ("3 dys", "'3 dys' is not a length of time: write '3 days'"),
        ("2 working days", "'2 working days' is not a length of time: write '2 business days'"),
        ("3-5 days", "'3-5 days' is a range, one length is wanted here: write '5 days'"),
        ("soon", "write '14 days', '1 business day' or '48 hours'"),
        ("0 days", "write '14 days', '1 business day' or '48 hours'"),
        ("3 days\n", "write '3 days'"),
        (3, "3 is not a text: write '14 days', '1 business day' or '48 hours'"),
        ("40 years", "'40 years' is longer than ten years"),
        ("9" * 40 + " days", "is longer than ten years"),
        ("9" * 5000, "is not a length of time"),
    ],
)
def test_a_wrong_duration_says_what_to_write(written, told):
    with pytest.raises(ValidationError) as refused:
        Step.model_validate({"after": "3-5 days", "due_in": written})
    [error] = refused.value.errors()
    assert told in error["msg"]
    assert len(error["msg"]) < 150


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("5-3 days", "the shorter comes first: write '3-5 days'"),
        ("3-3 days", "the ends are the same: write '3 days'"),
        ("3–5 days", "write '3-5 days'"),  # noqa: RUF001
        ("3 - 5 days", "write '3-5 days'"),
        ("3-5", "'3-5' has no unit: write '3-5 days' or '3-5 hours'"),
        ("3 days since stage", "'stage' is no moment to count from, did you mean 'stage_entry'?"),
        ("3 days since easter", "write one of previous_touch, start, stage_entry"),
    ],
)
def test_a_wrong_span_says_what_to_write(written, told):
    with pytest.raises(ValidationError) as refused:
        Step.model_validate({"after": written})
    assert told in refused.value.errors()[0]["msg"]


def test_a_span_of_two_units_cannot_be_built():
    with pytest.raises(ValueError, match="same unit"):
        Span(Duration(3, "day"), Duration(5, "week"))


def test_the_schema_shows_an_editor_the_form_and_examples():
    schema = Step.model_json_schema()["properties"]["after"]
    assert schema["type"] == "string"
    assert schema["pattern"] == Span.pattern
    assert "3-5 days" in schema["examples"]


def test_durations_are_values_that_can_be_keys():
    assert len({Duration(1, "day"), Duration.parse("1 day"), Duration(24, "hour")}) == 2
