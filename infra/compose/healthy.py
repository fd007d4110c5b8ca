"""`python -S infra/compose/healthy.py PORT`: whether the process behind this port of this container can do its work."""

import http.client
import sys


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    connection.request("GET", "/readyz")
    return connection.getresponse().status == 200


if __name__ == "__main__":
    try:
        sys.exit(not is_ready(int(sys.argv[1])))
    except OSError as problem:
        sys.exit(str(problem))
