"""Messages to people: a row in the transaction of the deed first, then mail by the worker."""
