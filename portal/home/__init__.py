"""The two start pages: the citizen's overview and the staff's day."""
