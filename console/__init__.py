"""The web door: JSON API and pages."""
