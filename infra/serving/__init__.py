"""How gunicorn serves the web and live processes."""
