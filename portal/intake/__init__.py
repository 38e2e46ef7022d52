"""Paper that comes in: scan folder, cover sheets with a signed mark, the note of each transfer."""
