"""Data copy, erasure and retention across all features. Nothing is built here yet."""
