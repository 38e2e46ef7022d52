"""Tests of the levels of trust."""
