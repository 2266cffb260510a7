"""Ledgers too large for memory: partitioned, worked out by district, published in volumes."""

from gis.province.volumes import publish_province

__all__ = ["publish_province"]
