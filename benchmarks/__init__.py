"""One file for each figure that the documentation claims."""
