"""Three ways of the office to ask somebody to a talk, kept apart: invitation, summons, hearing."""
