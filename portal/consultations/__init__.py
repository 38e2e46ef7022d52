"""Video consultations: waiting room, tickets, the record of the talk, the note to the file."""
