"""Watching: Prometheus, its alerts, and the dashboards of Grafana."""
