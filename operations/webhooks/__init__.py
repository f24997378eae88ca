"""Other programs that are told what happens: their endpoints, and what became of each message."""
