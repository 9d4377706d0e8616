"""Commands and reads of the REST API, as tables of routes."""
