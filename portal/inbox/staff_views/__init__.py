"""The pages of the inbox: the list, what is done with one item or many, kept views."""
