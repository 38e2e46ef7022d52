"""The Sofortantrag: an application without form and without sign-in, with an instant receipt."""
