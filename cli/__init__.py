"""The terminal door: the `sluice` command."""
