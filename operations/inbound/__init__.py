"""Mail that comes in: taken once, matched, told to those whom it concerns, or kept for a person."""
