"""Applications to be known: documents, the review queue, its decisions (CP8)."""
