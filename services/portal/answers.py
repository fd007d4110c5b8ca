"""Answers of pages besides a page: the way on after a form."""

from typing import Any, cast

from flask import Response, redirect, url_for


def see_other(endpoint: str, **values: Any) -> Response:
    """Leads a browser that has sent a form on to this page (303), so that loading it again sends nothing."""
    return see_other_address(url_for(endpoint, **values))


def see_other_address(address: str) -> Response:
    return cast(Response, redirect(address, 303))
