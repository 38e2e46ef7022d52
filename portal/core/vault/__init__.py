"""Files under lock: a key per file, under a key per holder, under the ring of the house."""
