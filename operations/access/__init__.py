"""Who may come in by which door, and the log of what was asked there."""
