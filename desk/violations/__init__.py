"""What the pages of violations and of the review list show beyond queries of their room."""
