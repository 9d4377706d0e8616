"""Applications to be known, in the order in which reviewers take them (CP8)."""
