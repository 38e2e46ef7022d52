"""Page objects: what people do on the pages, in their words."""
