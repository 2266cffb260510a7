"""Facts: where every household stands and what reaches it, in metres, before any judgement."""

from gis.facts.engines import Dask, Threads
from gis.facts.gather import Facts, gather

__all__ = ["Dask", "Facts", "Threads", "gather"]
