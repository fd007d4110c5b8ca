"""The areas of the portal: pages with one purpose, with their words, templates, static files and translations."""
