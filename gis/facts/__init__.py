"""Facts: where every household stands and what reaches it, in metres, before any judgement."""

from gis.facts.engines import Dask, Threads
from gis.facts.gather import Facts, gather
from gis.facts.stream import Streamed, stream

__all__ = ["Dask", "Facts", "Streamed", "Threads", "gather", "stream"]
