"""Levels of trust: how the office comes to know who stands behind an account of the portal."""
