"""What watches a running Polku: Prometheus, its alerts, and the dashboards of Grafana."""
