"""A process of its own that opens foreign files: it looks, cleans, and makes page images."""
