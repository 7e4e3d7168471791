"""A release and the archive beside it in, web pages out: from a number to its place in the source."""
