"""The world of `sluice demo`: people, deals and a past that was really lived through."""
