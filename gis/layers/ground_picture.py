"""The office's own picture of the ground, an orthophoto or a scanned map, made small to embed.

rasterio reads it (GDAL, with wheels for every platform): Pillow would leave the CRS of a GeoTIFF,
tiles, overviews, masks and warping to code of our own. It does so in a process of its own, with the
limits of the reader worker: a file that crashes GDAL costs the picture and not the run.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
import warnings
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pyproj import Transformer

from gis.layers.crs import known_crs, shifted_datum
from gis.layers.problems import Finding, Refusal, problem
from gis.layers.project_layers import GroundPictureSpec
from gis.layers.read_source import Origin, inside_folder
from gis.layers.reader_worker import (
    MEMORY_BYTES,
    cut_network,
    limit_memory,
    private_stdout,
    start_worker,
)

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.errors import Problem
    from gis.layers.project import ProjectConfig

LAYER = "ground_picture"
# First bytes of a file → who reads it: no other of GDAL's drivers is let near it
_DRIVERS = {
    b"II*\0": "GTiff", b"MM\0*": "GTiff", b"II+\0": "GTiff", b"MM\0+": "GTiff",
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG",
}  # fmt: skip
_MERCATOR = "EPSG:3857"  # as the pages draw
_QUALITY = 75  # of WebP, which has transparency and every browser that opens the pages shows
# ASSUME: 4,096 pixels across are more than a reader sees of a city at once, on any page
_MOST_PIXELS = 4096
_LEAST_PIXELS = 64
_MOST_SOURCE_PIXELS = 1e9  # more, without overviews, takes minutes to read
_MARGIN = 0.03  # of the city's extent, around it
_ATTEMPTS = 8
_SECONDS = 300.0  # for the file; an orthophoto of a billion pixels takes about a minute
_BANDS = (1, 2, 3, 4)


@dataclass(frozen=True)
class GroundPicture:
    """A picture to be drawn below everything else.

    webp             its bytes, in Web Mercator, transparent where the file has nothing
    bounds           west, south, east, north [degrees, WGS84]
    metres_per_pixel on the ground, in its middle; of_file_m: of the file before it was made smaller
    taken_on         the day it shows; None: not stated
    synthetic        it shows no real ground: so declared, or the project is a demonstration
    """

    webp: bytes
    bounds: tuple[float, float, float, float]
    metres_per_pixel: float
    of_file_m: float
    taken_on: date | None
    source: str
    public_document: str
    synthetic: bool


class Shown(NamedTuple):
    """What is made of the file; see `GroundPicture`."""

    webp: bytes
    bounds: tuple[float, float, float, float]
    metres_per_pixel: float
    of_file_m: float


def read_ground_picture(
    project: ProjectConfig, villages: gpd.GeoDataFrame | None
) -> tuple[GroundPicture | None, list[Origin], list[Problem]]:
    """The picture that project.toml names, with its origin; or the problem that keeps it away.

    Args:
        project: The project.
        villages: The villages in the project's CRS; None: there are none.
    """
    spec = project.ground_picture
    if spec is None or villages is None or not len(villages):
        return None, [], []
    try:
        path = inside_folder(project.folder, spec.path)
        shown = _made_apart(path, spec, Transformer.from_crs(
            project.crs, "EPSG:4326", always_xy=True
        ).transform_bounds(*villages.total_bounds))  # fmt: skip
    except Refusal as refusal:
        return None, [], [problem(LAYER, refusal.finding, spec.path)]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    origin = Origin(
        LAYER, spec.path, digest, 1, spec.crs, "", spec.source, spec.licence, spec.steward,
        spec.taken_on,
    )  # fmt: skip
    made = GroundPicture(
        *shown, spec.taken_on, spec.source, spec.public_document,
        synthetic=spec.synthetic or project.demonstration,
    )  # fmt: skip
    return made, [origin], []


def _made_apart(
    path: Path, spec: GroundPictureSpec, city: tuple[float, float, float, float]
) -> Shown:
    """`_made` in a process of its own.

    Raises:
        Refusal: As `_made`; the process crashed or took too long.
    """
    if find_spec("rasterio") is None:  # an extra
        raise Refusal("picture_without_reader")
    needed = {"path": spec.path, "crs": spec.crs, "max_mb": spec.max_mb}
    asked = json.dumps({"path": str(path), "spec": needed, "city": city}).encode()
    process = start_worker("ground_picture")
    try:
        answer, _ = process.communicate(asked, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise Refusal("reading_hung", seconds=_SECONDS) from error
    head, _, webp = answer.partition(b"\n")
    said = json.loads(head) if head.endswith(b"}") else {}
    if "code" in said:
        raise Refusal.from_finding(Finding(**said))
    if not webp or len(webp) != said.get("size"):
        raise Refusal("reading_crashed")
    west, south, east, north = said["bounds"]
    return Shown(webp, (west, south, east, north), said["metres_per_pixel"], said["of_file_m"])


def worker_main() -> None:
    """Answer one request from stdin: a line of JSON, then the picture; or a finding alone."""
    answers = private_stdout()
    limit_memory()
    cut_network()
    os.environ |= {
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    }
    asked = json.loads(sys.stdin.buffer.read())
    webp, said = b"", {}
    try:
        spec = GroundPictureSpec(**asked["spec"])
        webp, *figures = _made(Path(asked["path"]), spec, tuple(asked["city"]))
        said = {"size": len(webp), **dict(zip(Shown._fields[1:], figures, strict=True))}
    except Refusal as refusal:
        said = asdict(refusal.finding)
    except MemoryError:
        said = asdict(Finding("too_large", numbers={"megabytes": MEMORY_BYTES >> 20}))
    except Exception as error:  # an unexpected error loses only the picture
        said = asdict(Finding("reading_failed", numbers={"reason": type(error).__name__}))
    answers.write(json.dumps(said).encode() + b"\n" + webp)
    answers.flush()


def _made(path: Path, spec: GroundPictureSpec, city: tuple[float, float, float, float]) -> Shown:
    import rasterio  # noqa: PLC0415  # only the process needs it, with its limits in place
    from rasterio.errors import NotGeoreferencedWarning, RasterioError  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, driver=_driver(path, spec.path)) as file:
                crs = _crs_of(file, spec)
                _check_pixels(file)
                _check_place(file, crs, city)
                return _fitted(file, crs, spec, city)
    except (RasterioError, OSError, ValueError) as error:
        raise Refusal("picture_unreadable", file=spec.path) from error


def _driver(path: Path, name: str) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    for signature, driver in _DRIVERS.items():
        if head.startswith(signature):
            return driver
    raise Refusal("picture_unreadable", file=name)


def _crs_of(file: Any, spec: GroundPictureSpec) -> str:  # noqa: ANN401  a rasterio dataset
    """The CRS as WKT; both of them have to agree where project.toml and the file state one."""
    if file.transform.is_identity or file.transform.determinant == 0:
        raise Refusal("picture_without_place", file=spec.path, width=file.width, height=file.height)
    if shifted_datum(spec.crs):
        raise Refusal("picture_shifted", crs=spec.crs)
    stated = file.crs.to_wkt() if file.crs else ""
    if not stated and not spec.crs:
        raise Refusal("picture_without_crs", file=spec.path)
    if not spec.crs:
        return str(stated)
    declared = known_crs(spec.crs)
    if stated and not known_crs(stated).equals(declared, ignore_axis_order=True):
        raise Refusal("picture_two_crs", crs=spec.crs, found=known_crs(stated).name)
    return str(declared.to_wkt())


def _check_pixels(file: Any) -> None:  # noqa: ANN401
    kinds = set(file.dtypes)
    if kinds != {"uint8"}:
        raise Refusal("picture_depth", found="、".join(sorted(kinds)))
    if file.count not in _BANDS:
        raise Refusal("picture_bands", found=file.count)
    if file.width * file.height > _MOST_SOURCE_PIXELS and not file.overviews(1):
        raise Refusal("picture_too_large", width=file.width, height=file.height)


def _check_place(
    file: Any,  # noqa: ANN401
    crs: str,
    city: tuple[float, float, float, float],
) -> None:
    """The picture has to show the city; axes in the wrong order are recognised."""
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    corners = [file.transform @ (x, y) for x in (0, file.width) for y in (0, file.height)]
    xs, ys = (np.array(values) for values in zip(*corners, strict=True))
    if _meets(to_degrees.transform(xs, ys), city):
        return
    code = "picture_axes" if _meets(to_degrees.transform(ys, xs), city) else "picture_elsewhere"
    lon, lat = to_degrees.transform(xs.mean(), ys.mean())
    known = math.isfinite(lon) and math.isfinite(lat)
    raise Refusal(code, found=f"{lon:.2f}°E {lat:.2f}°N" if known else "—")


def _meets(
    degrees: tuple[NDArray[np.float64], NDArray[np.float64]],
    city: tuple[float, float, float, float],
) -> bool:
    lon, lat = degrees
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return False
    west, south, east, north = city
    return bool(lon.min() < east and lon.max() > west and lat.min() < north and lat.max() > south)


def _fitted(
    file: Any,  # noqa: ANN401
    crs: str,
    spec: GroundPictureSpec,
    city: tuple[float, float, float, float],
) -> Shown:
    """The part that shows the city, as large as the limit lets it be."""
    from rasterio.warp import transform_bounds  # noqa: PLC0415

    whole = transform_bounds(crs, _MERCATOR, *file.bounds, densify_pts=21)
    wanted = Transformer.from_crs("EPSG:4326", _MERCATOR, always_xy=True).transform_bounds(*city)
    pad = _MARGIN * max(wanted[2] - wanted[0], wanted[3] - wanted[1])
    west, south = max(whole[0], wanted[0] - pad), max(whole[1], wanted[1] - pad)
    east, north = min(whole[2], wanted[2] + pad), min(whole[3], wanted[3] + pad)
    own = math.sqrt(abs(file.transform.determinant))  # a pixel of the file, in its unit
    own_m = own * (whole[2] - whole[0]) / max(1e-12, abs(file.bounds.right - file.bounds.left))
    side = min(_MOST_PIXELS, max(east - west, north - south) / own_m)
    limit = spec.max_mb * 1_000_000
    for _ in range(_ATTEMPTS):
        step = max(east - west, north - south) / max(side, _LEAST_PIXELS)
        webp = _encoded(_warped(file, crs, (west, south, east, north), step))
        if len(webp) <= limit or side <= _LEAST_PIXELS:
            break
        side = max(_LEAST_PIXELS, side * min(0.9, 0.95 * math.sqrt(limit / len(webp))))
    if len(webp) > limit:
        raise Refusal("picture_limit", mb=spec.max_mb)
    back = Transformer.from_crs(_MERCATOR, "EPSG:4326", always_xy=True)
    bounds = back.transform_bounds(west, south, east, north)
    at = math.cos(math.radians((bounds[1] + bounds[3]) / 2))
    return Shown(webp, (bounds[0], bounds[1], bounds[2], bounds[3]), step * at, own_m * at)


def _warped(
    file: Any,  # noqa: ANN401
    crs: str,
    bounds: tuple[float, float, float, float],
    step: float,
) -> NDArray[np.uint8]:
    """The picture in Web Mercator: red, green, blue and opacity, shape (4, height, width)."""
    from rasterio.enums import Resampling  # noqa: PLC0415
    from rasterio.transform import from_bounds  # noqa: PLC0415
    from rasterio.vrt import WarpedVRT  # noqa: PLC0415

    width = max(1, round((bounds[2] - bounds[0]) / step))
    height = max(1, round((bounds[3] - bounds[1]) / step))
    colours = file.colormap(1) if file.colorinterp[0].name == "palette" else None
    with WarpedVRT(
        file, src_crs=crs, crs=_MERCATOR, transform=from_bounds(*bounds, width, height),
        width=width, height=height, add_alpha=file.colorinterp[-1].name != "alpha",
        resampling=Resampling.nearest if colours else Resampling.average,
    ) as warped:  # fmt: skip
        found = warped.read()
    alpha, shown = found[-1], found[:-1]
    if colours:
        table = np.array([colours.get(n, (0, 0, 0, 0)) for n in range(256)], dtype=np.uint8)
        drawn = table[shown[0]]
        alpha = np.minimum(alpha, drawn[..., 3])
        shown = np.moveaxis(drawn[..., :3], -1, 0)
    rgb = shown[:3] if len(shown) >= 3 else np.repeat(shown[:1], 3, axis=0)
    return np.concatenate([rgb, alpha[None]])


def _encoded(pixels: NDArray[np.uint8]) -> bytes:
    """The pixels as WebP."""
    from rasterio.io import MemoryFile  # noqa: PLC0415

    _, height, width = pixels.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="WEBP", width=width, height=height, count=4, dtype="uint8", QUALITY=_QUALITY
        ) as file:
            file.write(pixels)
        return bytes(memory.read())
