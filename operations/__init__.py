"""What can be asked for: one function per use case, called by every door."""
