"""One case on one page: what is open, what happened, notes, questions to colleagues."""
