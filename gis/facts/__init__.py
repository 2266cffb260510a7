"""Facts: where every household stands and what reaches it, in metres, before any judgement."""

from gis.facts.build import Facts, build_facts
from gis.facts.executors import Dask, Threads

__all__ = ["Dask", "Facts", "Threads", "build_facts"]
