"""The world around the parsers: archive, lake, warehouse, workers, commands."""
