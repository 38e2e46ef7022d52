"""Who works in the office: invitations, roles, teams, keys, sessions."""
