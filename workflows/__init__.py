"""The clock: time, order and retries, and nothing that decides."""
