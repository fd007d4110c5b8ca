"""The pages about events: a catalogue for people and a page for developers, without anybody's data."""

import json
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from services.portal.areas.events import words as event_words
from services.portal.areas.events.words import ORDER_WORDS, SERVICE_WORDS, Told, document, events
from services.portal.clients.documents import DESCRIBED, openapi_of
from shared.languages import _, gettext


def lay_out(pages: Blueprint, prefix: str) -> None:
    pages.add_url_rule(prefix, "catalogue", catalogue)
    pages.add_url_rule(f"{prefix}/developers", "developers", developers)
    pages.add_url_rule(f"{prefix}/asyncapi.json", "asyncapi", asyncapi)
    pages.add_url_rule(f"{prefix}/<type>", "one", one)
    pages.add_app_template_filter(laid_out, "laid_out")


def catalogue() -> str:
    words, service = request.args.get("words", ""), request.args.get("service", "")
    wanted = words.casefold().split()
    found = [
        event for event in events().values() if service in ("", event.service) and event.is_about(wanted)
    ]
    names = [(name, gettext(SERVICE_WORDS[name])) for name, _told in by_service([*events().values()])]
    asked_for = {"words": words, "service": service, "service_names": names}
    return page("catalogue", found=by_service(found), count=len(found), **asked_for)


def by_service(found: list[Told]) -> list[tuple[str, list[Told]]]:
    return [(service, list(told)) for service, told in groupby(found, key=lambda event: event.service)]


def one(type: str) -> str:
    event = events().get(type) or abort(404, description=_("No event is called so. Look into the catalogue."))
    return page("one", event=event)


def developers() -> str:
    return page(
        "developers",
        services=DESCRIBED,
        channels_of=event_words.channels_of,
        heard_by=event_words.heard_by,
        attributes=event_words.attributes(),
        version=document()["asyncapi"],
    )


def page(name: str, **about: Any) -> str:
    return render_template(
        f"events/{name}.html", service_words=SERVICE_WORDS, order_words=ORDER_WORDS, **about
    )


def asyncapi() -> Response:
    return download(laid_out(document()), "polku-asyncapi.json")


def openapi(service: str) -> Response:
    if service not in DESCRIBED:
        abort(404, description=_("No service is called so. Choose one from the page for developers."))
    return download(openapi_of(service), f"polku-{service}-openapi.json")


def download(content: str | bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type="application/json", headers=headers)


def laid_out(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False)
