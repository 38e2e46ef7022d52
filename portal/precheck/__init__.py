"""The pre-check without sign-in: a small calculator with dated tables; it stores nothing."""
