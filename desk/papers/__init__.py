"""Pages of papers: an order's, one as an A4 page, the templates, the words of the check."""
