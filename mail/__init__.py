"""The craft of mail: render, compose, hand over, and read what comes back."""
