"""The hands: everything that a workflow may ask of the world."""
