"""Every template of the portal by the name that pages call it by."""

from pathlib import Path

from jinja2 import Environment

from services.portal.look.area_files import template_loader

_loader = template_loader()
TEMPLATES = {name: Path(_loader.get_source(Environment(), name)[1]) for name in _loader.list_templates()}
PAGES = {name: path for name, path in sorted(TEMPLATES.items()) if path.suffix == ".html"}
