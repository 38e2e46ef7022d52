"""Staff pages around the account: signing in, invitation, the account and its keys."""
