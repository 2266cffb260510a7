"""Columns that several layers share."""

from __future__ import annotations

from dataclasses import replace

from gis.layers.schema import code_column, number_column, text_column

VILLAGE_CODE = code_column(
    "village_code",
    12,
    "村代码 村编码 村委会代码 行政村代码 村行政区划代码 区划代码 行政区划代码 "
    "统计用区划代码 村级代码 行政村编码 村码 XZQDM",
)
# In layers whose rows name homes, the village only serves to find the home by its number.
HOME_VILLAGE = replace(VILLAGE_CODE, digits=0, helper=True)
# In layers other than the villages these names only serve to find the code, see
# gis.layers.village_codes; of several headings the first listed counts.
VILLAGE_NAME = text_column(
    "village",
    "行政村 行政村名称 村委会 村名 村 村名称 村居 村(居) 村社区 村民委员会 所在村 所属村 所在行政村 "
    "所属行政村 村(社区) 村庄 村庄名称 CUNMC",
    helper=True,
)
TOWNSHIP_NAME = text_column(
    "township",
    "乡镇 乡镇名称 乡镇街道 镇 街道 乡(镇) 所属乡镇 镇街 所在乡镇 乡镇(街道) 乡镇代码 township_code",
    helper=True,
)
_LON = number_column("lon", "°", "经度 东经 lng longitude x经度 经度坐标 GPS经度", signed=True)
_LAT = number_column("lat", "°", "纬度 北纬 latitude y纬度 纬度坐标 GPS纬度", signed=True)
_X = number_column("x", "m", "X坐标 东坐标 横坐标 easting 坐标X 东", signed=True)
_Y = number_column("y", "m", "Y坐标 北坐标 纵坐标 northing 坐标Y 北", signed=True)
COORDINATES = (_LON, _LAT, _X, _Y)


HOUSEHOLD_ID = "户编号 户号 户编码 农户编号 用户编号 户代码 户序号 农户编码 家庭编号 门户编号"
