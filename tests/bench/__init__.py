"""Speed, measured and printed; nothing here fails because a machine is slow."""
