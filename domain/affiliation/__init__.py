"""Who brought a subject here, and whose supply chain it belongs to (002: broker, partner)."""
