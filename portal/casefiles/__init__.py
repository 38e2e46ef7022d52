"""The digital file: cases, documents, uploads, page images, requests for evidence, who saw what."""
