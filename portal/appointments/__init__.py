"""Appointments: availability, free slots, bookings, reminders. The pattern room of the house."""
