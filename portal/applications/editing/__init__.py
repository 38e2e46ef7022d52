"""The office edits its forms: small changes, prepared by one person and published by another."""
