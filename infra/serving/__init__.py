"""gunicorn: its settings for the web and live processes, and a worker class that is fair to organisations."""
