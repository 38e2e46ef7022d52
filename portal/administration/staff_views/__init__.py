"""The pages of the administration: everybody who works here, one of them, the teams."""
