"""The citizen portal of a Jobcenter: three processes (web, media, worker) over one database."""
