"""What each event changed, for those who rebuild the books from the feed."""
