"""The library: projects and plans as (Geo)DataFrames, and the single questions as functions.

What `gis` exports is defined here and is the promise; `gis.cli` asks here too.
"""
