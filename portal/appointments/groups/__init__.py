"""Appointments of many: planning them, seats and who waits for one, who came."""
