"""The office's picture of the ground: laid where it belongs, or refused with the way out."""

from __future__ import annotations

import struct
import subprocess
import sys
from datetime import date
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from gis.layers import ground_picture
from gis.layers.ground_picture import read_ground_picture
from gis.layers.project_layers import GroundPictureSpec

rasterio = pytest.importorskip("rasterio")
from rasterio import Affine  # noqa: E402

CRS = "EPSG:32649"
WEST, NORTH, SIDE = 470_000, 3_944_000, 4_000  # of the city [m]
PIXELS = 100  # 40 m each
RED, GREEN, BLUE = (200, 40, 40), (40, 200, 40), (40, 40, 200)
HERE = Affine(SIDE / PIXELS, 0, WEST, 0, -SIDE / PIXELS, NORTH)
VILLAGES = gpd.GeoDataFrame(geometry=[shapely.box(WEST, NORTH - SIDE, WEST + SIDE, NORTH)], crs=CRS)


@pytest.fixture
def apart():
    """Read in a process of its own, as the product does."""


@pytest.fixture(autouse=True)
def here(request, monkeypatch):
    """Read in this process by the same function, which is faster; but for tests with `apart`."""
    if "apart" not in request.fixturenames:
        monkeypatch.setattr(ground_picture, "_made_apart", ground_picture._made)


def quarters(size=PIXELS):
    """Red in the north west, green in the north east, blue in the south."""
    shown = np.zeros((3, size, size), dtype=np.uint8)
    half = size // 2
    for rows, columns, colour in (
        (slice(0, half), slice(0, half), RED),
        (slice(0, half), slice(half, size), GREEN),
        (slice(half, size), slice(0, size), BLUE),
    ):
        shown[:, rows, columns] = np.array(colour)[:, None, None]
    return shown


def write(path, pixels=None, **options):
    pixels = quarters() if pixels is None else pixels
    count, height, width = pixels.shape
    profile = {"driver": "GTiff", "crs": CRS, "transform": HERE, "dtype": pixels.dtype}
    colormap = options.pop("colormap", None)
    with rasterio.open(
        path, "w", count=count, height=height, width=width, **(profile | options)
    ) as file:
        if colormap:
            file.write_colormap(1, colormap)
        file.write(pixels)
    return path


def read(folder, name="a.tif", demonstration=False, **spec):
    project = SimpleNamespace(
        folder=folder, crs=CRS, demonstration=demonstration,
        ground_picture=GroundPictureSpec(path=name, **spec),
    )  # fmt: skip
    return read_ground_picture(project, VILLAGES)


def refused(folder, name="a.tif", **spec):
    picture, origins, (found,) = read(folder, name, **spec)
    assert picture is None
    assert origins == []
    assert found.blocking
    assert found.message.zh != found.message.en
    assert found.remedy.zh
    return found.code


def at(picture, x, y):
    """Red, green, blue and opacity of the picture at a place of the project's CRS."""
    to_mercator = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    west, south = to_mercator.transform(*picture.bounds[:2])
    east, north = to_mercator.transform(*picture.bounds[2:])
    x, y = Transformer.from_crs(CRS, "EPSG:3857", always_xy=True).transform(x, y)
    with rasterio.io.MemoryFile(picture.webp) as memory, memory.open() as file:
        assert file.driver == "WEBP"
        pixels = file.read()
    _, height, width = pixels.shape
    column = int((x - west) / (east - west) * width)
    row = int((north - y) / (north - south) * height)
    opaque = [] if len(pixels) == 4 else [255]  # WebP leaves out what is opaque everywhere
    return np.append(pixels[:, row, column], opaque).astype(int)


def looks(picture, place, colour):
    shown = at(picture, *place)
    return abs(shown[:3] - np.array(colour)).max() < 40 and shown[-1] > 200


NORTH_WEST, NORTH_EAST, SOUTH = (
    (WEST + 1000, NORTH - 1000), (WEST + 3000, NORTH - 1000), (WEST + 2000, NORTH - 3000),
)  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_a_picture_lies_where_it_belongs_and_says_how_fine_and_old_it_is(tmp_path):
    write(tmp_path / "a.tif")
    picture, (origin,), problems = read(tmp_path, taken_on=date(2023, 6, 1), source="测绘院")
    assert problems == []
    assert looks(picture, NORTH_WEST, RED)
    assert looks(picture, NORTH_EAST, GREEN)
    assert looks(picture, SOUTH, BLUE)
    assert picture.of_file_m == pytest.approx(40, rel=0.02)
    assert picture.metres_per_pixel == pytest.approx(40, rel=0.05)
    assert picture.taken_on == date(2023, 6, 1)
    assert (origin.layer, origin.path, origin.source) == ("ground_picture", "a.tif", "测绘院")
    assert len(origin.sha256) == 64


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["degrees", "rotated", "grey", "palette", "nodata", "world file"])
def test_other_ways_of_writing_it_give_the_same_picture(tmp_path, kind):
    name, spec = "a.tif", {}
    pixels = quarters()
    if kind == "degrees":
        corners = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
        west, south, east, north = corners.transform_bounds(WEST, NORTH - SIDE, WEST + SIDE, NORTH)
        place = rasterio.transform.from_bounds(west, south, east, north, PIXELS, PIXELS)
        write(tmp_path / name, crs="EPSG:4326", transform=place)
    elif kind == "rotated":  # rows run to the north, columns to the west: turned by half a circle
        turned = Affine(-40, 0, WEST + SIDE, 0, 40, NORTH - SIDE)
        write(tmp_path / name, pixels[:, ::-1, ::-1], transform=turned)
    elif kind == "grey":
        write(tmp_path / name, pixels[:1])
    elif kind == "palette":
        index = (pixels[1:2] > 100) + 2 * (pixels[2:] > 100)
        table = {0: (*RED, 255), 1: (*GREEN, 255), 2: (*BLUE, 255)}
        write(tmp_path / name, index.astype(np.uint8), colormap=table)
    elif kind == "nodata":
        pixels[:, :10, :10] = 0
        write(tmp_path / name, pixels, nodata=0)
    else:
        name, spec = "a.png", {"crs": CRS}
        write(tmp_path / name, driver="PNG", crs=None, transform=Affine.identity())
        for left in tmp_path.glob("*.aux.xml"):
            left.unlink()
        (tmp_path / "a.pgw").write_text(f"40\n0\n0\n-40\n{WEST + 20}\n{NORTH - 20}\n")
    picture, _, problems = read(tmp_path, name, **spec)
    assert problems == []
    wanted = [(200,) * 3, (40,) * 3, (40,) * 3] if kind == "grey" else [RED, GREEN, BLUE]
    for place, colour in zip((NORTH_WEST, NORTH_EAST, SOUTH), wanted, strict=True):
        assert looks(picture, place, colour), place
    if kind == "nodata":
        assert at(picture, WEST + 100, NORTH - 100)[-1] < 60


@pytest.mark.filterwarnings("ignore")
def test_a_limit_is_kept_by_showing_less(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (3, 800, 800), dtype=np.uint8)
    write(tmp_path / "a.tif", noise, transform=HERE * Affine.scale(PIXELS / 800))
    picture, _, _ = read(tmp_path, max_mb=0.1)
    assert 40_000 < len(picture.webp) <= 100_000
    assert picture.of_file_m == pytest.approx(5, rel=0.02)
    assert picture.metres_per_pixel > 8


@pytest.mark.filterwarnings("ignore")
def test_what_cannot_be_laid_is_refused_with_the_way_out(tmp_path, monkeypatch):
    def case(name, *, spec=None, **options):
        write(tmp_path / name, **options)
        return refused(tmp_path, name, **(spec or {}))

    assert case("no_crs.tif", crs=None) == "picture_without_crs"
    assert case("nowhere.tif", transform=Affine.identity()) == "picture_without_place"
    assert case("deep.tif", pixels=quarters().astype(np.uint16)) == "picture_depth"
    assert case("five.tif", pixels=np.zeros((5, 9, 9), np.uint8)) == "picture_bands"
    assert case("two.tif", spec={"crs": "EPSG:4546"}) == "picture_two_crs"
    assert case("shifted.tif", spec={"crs": "GCJ-02"}) == "picture_shifted"
    far = Affine.translation(300_000, 0) * HERE
    assert case("far.tif", transform=far) == "picture_elsewhere"
    swapped = Affine(40, 0, NORTH - SIDE, 0, -40, WEST + SIDE)
    assert case("axes.tif", transform=swapped) == "picture_axes"
    monkeypatch.setattr("gis.layers.ground_picture._MOST_SOURCE_PIXELS", PIXELS**2 - 1)
    assert case("large.tif") == "picture_too_large"
    assert refused(tmp_path, "missing.tif") == "layer_file_missing"
    assert refused(tmp_path, "no_crs.tif", crs="EPSG:999999") == "crs_unknown"


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_is_told_and_no_other_format_is_opened(tmp_path):
    whole = write(tmp_path / "a.tif", compress="deflate").read_bytes()
    for n, length in enumerate((3, 40, len(whole) // 2, len(whole) - 60)):
        (tmp_path / f"cut{n}.tif").write_bytes(whole[:length])
        assert refused(tmp_path, f"cut{n}.tif").startswith("picture_")
    (tmp_path / "b.tif").write_text("<VRTDataset><SRS>x</SRS></VRTDataset>")
    assert refused(tmp_path, "b.tif") == "picture_unreadable"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("apart")
def test_a_process_of_its_own_reads_the_same_picture_and_says_what_is_wrong(tmp_path):
    write(tmp_path / "a.tif")
    spec = GroundPictureSpec(path="a.tif")
    city = (110.0, 35.0, 111.0, 36.0)
    own = ground_picture._made(tmp_path / "a.tif", spec, city)
    assert ground_picture._made_apart(tmp_path / "a.tif", spec, city) == own
    (tmp_path / "cut.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:200])
    assert refused(tmp_path, "cut.tif") == "picture_unreadable"


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    ("does", "code"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "reading_crashed"),
        ("print('{')", "reading_crashed"),
        ("print('{\"size\": 9}\\nRIFF', end='')", "reading_crashed"),  # ended within the picture
        ("import time; time.sleep(60)", "reading_hung"),
    ],
)
def test_a_file_that_kills_its_process_costs_the_picture_alone(tmp_path, monkeypatch, does, code):
    def start(_module):
        return subprocess.Popen(
            [sys.executable, "-c", does], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    write(tmp_path / "a.tif")
    monkeypatch.setattr(ground_picture, "start_worker", start)
    monkeypatch.setattr(ground_picture, "_SECONDS", 1.0 if code == "reading_hung" else 60.0)
    assert refused(tmp_path) == code


@pytest.mark.usefixtures("apart")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit; time is limited")
def test_a_file_that_unpacks_beyond_all_memory_is_refused(tmp_path):
    """A few bytes that are said to be one strip of 31,000 by 31,000 pixels, 2.9 GB."""
    path = write(
        tmp_path / "a.tif", np.zeros((3, 9, 9), np.uint8), compress="deflate", blockysize=9
    )
    raw = bytearray(path.read_bytes())
    entries = int.from_bytes(raw[(at := int.from_bytes(raw[4:8], "little")) : at + 2], "little")
    for n in range(entries):
        place = at + 2 + 12 * n
        tag = int.from_bytes(raw[place : place + 2], "little")
        if tag in (256, 257, 278):  # width, length, rows of a strip: all in one
            raw[place + 2 : place + 12] = struct.pack("<HII", 4, 1, 31_000)
    path.write_bytes(raw)
    assert refused(tmp_path) == "picture_unreadable"


@pytest.mark.filterwarnings("ignore")
def test_a_picture_is_synthetic_where_declared_and_in_a_demonstration(tmp_path):
    write(tmp_path / "a.tif")
    assert read(tmp_path)[0].synthetic is False
    assert read(tmp_path, synthetic=True)[0].synthetic is True
    assert read(tmp_path, demonstration=True)[0].synthetic is True


@pytest.mark.usefixtures("apart")
def test_without_rasterio_the_extra_is_named(tmp_path, monkeypatch):
    write(tmp_path / "a.tif")
    monkeypatch.setitem(__import__("sys").modules, "rasterio", None)
    assert refused(tmp_path) == "picture_without_reader"


def test_without_a_picture_nothing_is_read(tmp_path):
    project = SimpleNamespace(folder=tmp_path, crs=CRS, ground_picture=None)
    assert read_ground_picture(project, VILLAGES) == (None, [], [])
