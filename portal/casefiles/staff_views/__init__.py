"""The pages of the office about the digital file; opening one is written down (`readings`)."""
