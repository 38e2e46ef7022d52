"""Files on their way in: from the first byte on a phone to a file that can be put into a case."""
