"""Users and API keys: who may come in, never with what."""
