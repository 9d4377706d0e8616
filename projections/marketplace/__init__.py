"""What is for sale: invoices to fund and slices to buy."""
