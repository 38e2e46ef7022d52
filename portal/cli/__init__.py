"""The `portal` command: wiring of processes and of what an operator does by hand."""
