"""Reads files that a running server may take away meanwhile."""

from pathlib import Path


def content_of(path: Path) -> bytes:
    """Returns the content of a file; nothing of a folder, and of a file that has gone since it was listed."""
    try:
        return path.read_bytes()
    except (IsADirectoryError, FileNotFoundError):
        return b""
