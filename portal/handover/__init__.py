"""What goes from one place to the next, each step with a time limit and a way out; connectors."""
