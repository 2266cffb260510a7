"""Schemas of what the maps draw of the ground and nothing else rests on: water and contours."""

from __future__ import annotations

from gis.layers.schema import Layer, number_column, text_column

RIVERS = Layer(
    "rivers",
    ("line",),
    (text_column("name", "河名 河流名称 名称 水系名称"),),
    file_words="河流 水系线",
)
WATER = Layer(
    "water",
    ("polygon",),
    (text_column("name", "水面名称 水体名称 名称 湖库名称"),),
    file_words="水面 水域 水系面",
)
CONTOURS = Layer(
    "contours",
    ("line",),
    (number_column("elevation_m", "m", "高程 等高线高程 标高 海拔 ELEV", signed=True),),
    file_words="等高线",
)
