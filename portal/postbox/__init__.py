"""Letters and decisions with proof of delivery, message threads. Nothing is built here yet."""
