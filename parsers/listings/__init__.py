"""How list pages are read, a module a family; `parsers.listing` is the way in."""
