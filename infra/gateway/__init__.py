"""The one door to the house in pieces: nginx, with a configuration that follows from who serves what."""

from infra.gateway.process import gateway, prepare_gateway

__all__ = ["gateway", "prepare_gateway"]
