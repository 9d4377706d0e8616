"""The feed: pages, lines and a stream over the whole log (FORMATS 8)."""
