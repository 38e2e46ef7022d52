"""The append-only, hash-chained trail of every deed. It holds values and no foreign keys."""
