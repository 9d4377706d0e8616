"""The wish of a subject to be an issuer, and an admin's answer (LB4)."""
