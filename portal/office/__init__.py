"""People of the office among themselves: standing in for each other, keeping away from kin."""
