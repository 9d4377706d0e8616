"""A bank that speaks ISO 20022 over HTTP: pain.001 out, pain.002 and camt.054 in."""
