"""The archived document of a report and the places looked for in it in, HTML for a frame out: one module a format."""
