"""Journeys: whole jobs of people, from the first page to the last."""
