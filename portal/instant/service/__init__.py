"""The verbs of the Sofortantrag: what applicants do, what the office does, what the clock does."""
