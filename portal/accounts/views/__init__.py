"""Citizen pages around the account: registering, signing in, the account, its keys."""
