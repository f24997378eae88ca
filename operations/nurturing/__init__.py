"""Nurtures as marketing runs them: who gets in, who is left out and why, started, stopped."""
