"""Text messages: by a gateway that takes mail."""
