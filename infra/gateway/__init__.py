"""The one way in where services are processes of their own: nginx, with a configuration that follows from who serves what."""

from infra.gateway.process import gateway, prepare_gateway

__all__ = ["gateway", "prepare_gateway"]
