"""A warehouse's narratives in, an index out that finds any string of characters in them."""
