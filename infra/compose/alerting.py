"""Alertmanager's settings: it mails the operator, by the mail server that Polku itself uses."""

import json
from typing import Any

from shared.settings import base_domain, setting

GROUPED = {"group_by": ["alertname", "service"], "group_wait": "30s", "group_interval": "5m"}
AGAIN = {"page": "4h", "ticket": "3d", "alive": "24h"}  # what goes on is said again so often


def alertmanager_yml() -> str:
    """Its settings, as JSON, which is YAML too: whatever is set stays one word."""
    routes = [
        {"matchers": [f'severity="{how_bad}"'], "receiver": "operator", "repeat_interval": again}
        for how_bad, again in AGAIN.items()
    ]
    route = GROUPED | {"receiver": "operator", "repeat_interval": AGAIN["page"], "routes": routes}
    recipients = [{"to": setting("ALERTS_TO", f"operator@{base_domain()}"), "send_resolved": True} | worded()]
    receivers = [{"name": "operator", "email_configs": recipients}]
    return json.dumps({"global": by_mail(), "route": route, "receivers": receivers}, indent=2)


def by_mail() -> dict[str, Any]:
    server = {
        "smtp_smarthost": setting("SMTP"),
        "smtp_from": setting("MAIL_FROM", f"polku@{base_domain()}"),
        "smtp_require_tls": setting("SMTP_STARTTLS", "no") == "yes",
    }
    if user := setting("SMTP_USER", ""):
        server |= {"smtp_auth_username": user, "smtp_auth_password": setting("SMTP_PASSWORD")}
    return server


def worded() -> dict[str, Any]:
    """Returns the mail's texts: its urgency, what it is about, and where in our documents to read on."""
    subject = '[{{ .CommonLabels.severity }}] {{ .CommonLabels.alertname }}{{ if eq .Status "resolved" }} is over{{ end }}'
    lines = "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.runbook }}\n\n{{ end }}"
    return {"headers": {"Subject": f"Polku {subject}"}, "text": lines, "html": ""}
