"""The ground floor: configuration, database, jobs, files, PDF, clock; no noun of the field."""
