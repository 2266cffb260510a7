"""The published pages: one edition in, one HTML file a page out."""

from gis.pages.edition import Edition
from gis.pages.site import render

__all__ = ["Edition", "render"]
