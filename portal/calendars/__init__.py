"""When somebody can be met: kinds of appointments, hours, absences, rooms, and what is taken."""
