"""Pages for people who come by a link in a mail."""
