"""Why each touch was made or was not, what would have to be true, and what comes next."""
