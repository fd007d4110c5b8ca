"""The live process: keeps screens up to date by server-sent events, and does nothing else.

It runs under gunicorn's gevent worker and answers GET alone. One connection listens to the database; whatever changes, one
picture of it is fetched from the service that owns it, at most two a second, and the same bytes go to everybody who
follows. The table is the truth: a stream that was lost begins again with the newest picture.
"""

from services.portal.live.app import create_app

__all__ = ["create_app"]
