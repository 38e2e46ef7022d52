"""Opening foreign files safely: what may come in, the process that opens it, what it makes."""
