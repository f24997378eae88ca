"""Time as the business knows it: durations, calendars, opening hours, a clock that can run fast."""
