"""Legal holds: whose records compliance keeps, and why; nobody else asks this view."""
