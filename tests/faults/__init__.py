"""What goes wrong at night: processes that die, lines that break, and what must hold after it."""
