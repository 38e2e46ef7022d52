"""The ground floor: configuration, database, jobs, files, PDF, clock, errors; no noun of the field."""
