"""A random history of one small office: the model, the office, and what is done in it."""
