"""Files of deals, contacts and people, read row by row: recognised, mapped, taken, reported."""
