"""Threads between a citizen and the office, one case each."""
