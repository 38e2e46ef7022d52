"""People: citizens, staff, teams, roles and rights, sign-in and sessions."""
