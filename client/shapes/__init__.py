"""The shapes of the client."""

# Written by scripts/client.py from the description of the API; run it again.
