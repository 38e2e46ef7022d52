"""Things for tests, made through the real services where there are any."""
