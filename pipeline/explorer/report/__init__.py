"""What the warehouse and the release have of one report in, what its page shows out."""
