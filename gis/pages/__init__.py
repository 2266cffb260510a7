"""The published pages: one edition in, one HTML file a page out."""

from gis.pages.edition import Edition

__all__ = ["Edition"]
