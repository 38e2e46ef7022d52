"""Decisions on applications with their letters, and objections to them."""
