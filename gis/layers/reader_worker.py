"""The reading process: opens one file after another, so that a bad one costs only itself.

It is started by `gis.layers.reader_process`, which sends one request a line on stdin. Each answer on
stdout is its length (8 bytes, big-endian), then an Arrow stream, or a finding as JSON.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from gis.layers.raw_table import Request

MEMORY_BYTES = 4 << 30  # of address space; 100,000 rows take a tenth
DRIVERS = ("ESRI Shapefile", "DXF", "OpenFileGDB", "FlatGeobuf")
# Every other vector driver of GDAL, named because they are struck off before it is loaded: some
# read further files or call servers, whatever the file they are shown is called.
_STRUCK_OFF = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CAD,CSV,CSW,Carto,DGN,DODS,DWG,EDIGEO,EEDA,ESRIJSON,"
    "Elasticsearch,FITS,GDALG,GML,GMLAS,GPKG,GPSBabel,GPX,GRASS,GTFS,GeoJSON,GeoJSONSeq,GeoRSS,"
    "HANA,HTTP,IDB,Idrisi,Interlis 1,Interlis 2,JML,JPEG2000,JSONFG,KML,KMLSUPEROVERLAY,LIBKML,"
    "LVBAG,MBTiles,MEM,MSSQLSpatial,MVT,MapInfo File,MapML,MiraMonVector,MongoDBv3,MySQL,NAS,NGW,"
    "ODBC,ODS,OAPIF,OCI,OGCAPI,OGDI,OGR_GMT,OGR_PDS,OGR_VRT,OSM,PCIDSK,PDF,PDS4,PGDUMP,PGeo,"
    "PLSCENES,PMTiles,Parquet,PostgreSQL,S57,SOSI,SQLite,SXF,Selafin,TIGER,TopoJSON,VDV,VFK,VICAR,"
    "WAsP,WFS,Walk,XLS,XLSX,XODR,netCDF"
)
_LINUX_NEW_USER, _LINUX_NEW_NET = 0x10000000, 0x40000000


def worker_main() -> None:
    """Answer requests until stdin closes."""
    answers = private_stdout()
    limit_memory()
    cut_network()
    strike_off_drivers()
    sys.meta_path.insert(0, LeaveOut("geopandas", "pandas"))  # half a second, and not needed
    from gis.layers.raw_table import Request  # noqa: PLC0415  # only now, with the limits in place

    import_readers()
    for line in sys.stdin.buffer:
        said = answer(Request(**json.loads(line)))
        answers.write(struct.pack(">Q", len(said)))
        answers.write(said)
        answers.flush()


def answer(request: Request) -> bytes | memoryview:
    """The table of one file as an Arrow stream, or the finding that says why not, as JSON."""
    from gis.layers import formats  # noqa: PLC0415
    from gis.layers.problems import Refusal  # noqa: PLC0415

    try:
        return formats.read_file(request).to_bytes()
    except Refusal as refusal:
        return json.dumps(asdict(refusal.finding)).encode()
    except PermissionError:
        return _note("file_held")
    except MemoryError:
        return _note("too_large", megabytes=MEMORY_BYTES >> 20)
    except Exception as error:  # whatever a reader stumbles over costs this file alone
        return _note("reading_failed", reason=type(error).__name__)


def _note(code: str, **numbers: str | int) -> bytes:
    """A finding as JSON, when there may be no memory left for more."""
    return json.dumps({"code": code, "numbers": numbers}).encode()


def import_readers() -> None:
    """Import what takes time, before the first request comes."""
    import pyarrow.csv  # noqa: PLC0415
    import pyarrow.parquet  # noqa: F401, PLC0415
    import pyogrio  # noqa: PLC0415
    import python_calamine  # noqa: F401, PLC0415
    import shapely  # noqa: F401, PLC0415

    from gis.layers import formats  # noqa: F401, PLC0415

    pyogrio.set_gdal_config_options({"OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": False})


def private_stdout() -> BinaryIO:
    """Keep stdout for answers: whatever a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def limit_memory() -> None:
    """Cap this process's memory where the system can; Windows has but the time limit."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cut_network() -> bool:
    """Leave this process no network where the system allows it: Linux gives it an empty one."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # noqa: PLC0415

    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError):
        return False
    return unshare(_LINUX_NEW_NET) == 0 or unshare(_LINUX_NEW_USER | _LINUX_NEW_NET) == 0


def strike_off_drivers() -> None:
    """Leave GDAL no vector driver but ours; it has to be said before GDAL is loaded."""
    os.environ |= {
        "OGR_SKIP": _STRUCK_OFF,
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


class LeaveOut(MetaPathFinder):
    """Makes modules count as not installed in this process: pyogrio and pyarrow ask for them."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules

    def find_spec(self, fullname: str, *_where: object) -> None:
        """Refuse a module that is to be left out; say nothing of the others."""
        if fullname in self._modules:
            raise ModuleNotFoundError(fullname)
