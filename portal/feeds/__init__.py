"""The appointments of one staff member in a calendar of their own: to read, at a secret address."""
