"""The reader worker process: its limits, set before any library that reads files is loaded.

`gis.layers.reader_process` starts it; `gis.layers.reader_answers` then answers its requests.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder
from typing import BinaryIO

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MEMORY_BYTES = 4 << 30  # of address space; 100,000 rows take a tenth
# All GDAL vector drivers but those for Shapefile, DXF, OpenFileGDB and FlatGeobuf, disabled by name
# before GDAL is loaded: some read further files or call servers, whatever the name of the file
# they open.
DISABLED_DRIVERS = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CAD,CSV,CSW,Carto,DGN,DODS,DWG,EDIGEO,EEDA,ESRIJSON,"
    "Elasticsearch,FITS,GDALG,GML,GMLAS,GPKG,GPSBabel,GPX,GRASS,GTFS,GeoJSON,GeoJSONSeq,GeoRSS,"
    "HANA,HTTP,IDB,Idrisi,Interlis 1,Interlis 2,JML,JPEG2000,JSONFG,KML,KMLSUPEROVERLAY,LIBKML,"
    "LVBAG,MBTiles,MEM,MSSQLSpatial,MVT,MapInfo File,MapML,MiraMonVector,MongoDBv3,MySQL,NAS,NGW,"
    "ODBC,ODS,OAPIF,OCI,OGCAPI,OGDI,OGR_GMT,OGR_PDS,OGR_VRT,OSM,PCIDSK,PDF,PDS4,PGDUMP,PGeo,"
    "PLSCENES,PMTiles,Parquet,PostgreSQL,S57,SOSI,SQLite,SXF,Selafin,TIGER,TopoJSON,VDV,VFK,VICAR,"
    "WAsP,WFS,Walk,XLS,XLSX,XODR,netCDF"
)
_LINUX_NEW_USER, _LINUX_NEW_NET = 0x10000000, 0x40000000


def start_worker(module: str) -> subprocess.Popen[bytes]:
    """Start `worker_main` of a module of `gis.layers` in a process, asked on stdin.

    It searches the same paths, but its standard library before any folder.
    """
    begin = (
        "import sys; sys.path += [path for path in sys.argv[1:] if path not in sys.path]; "
        f"from gis.layers.{module} import worker_main; worker_main()"
    )
    return subprocess.Popen(  # noqa: S603  our own interpreter and our own module
        [sys.executable, "-P", "-X", "utf8", "-c", begin, *filter(None, sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def worker_main() -> None:
    """Answer requests until stdin closes."""
    answers = private_stdout()
    limit_memory()
    cut_network()
    disable_drivers()
    sys.meta_path.insert(0, BlockModules("geopandas", "pandas"))  # saves half a second
    # only now, with the limits in place: it loads GDAL
    from gis.layers.reader_answers import answer_requests  # noqa: PLC0415

    answer_requests(answers)


def private_stdout() -> BinaryIO:
    """Reserve stdout for answers; output of libraries is discarded."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def limit_memory() -> None:
    """Limit this process's memory, where the system can; on Windows only the timeout applies."""
    if resource is None:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cut_network() -> bool:
    """Disconnect this process from the network, on Linux by an empty network namespace.

    Returns:
        Whether the process is disconnected.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError):
        return False
    return unshare(_LINUX_NEW_NET) == 0 or unshare(_LINUX_NEW_USER | _LINUX_NEW_NET) == 0


def disable_drivers() -> None:
    """Disable all GDAL vector drivers but ours; must run before GDAL is loaded."""
    os.environ |= {
        "OGR_SKIP": DISABLED_DRIVERS,
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


class BlockModules(MetaPathFinder):
    """Import hook that makes modules appear not installed; pyogrio and pyarrow look for them."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules

    def find_spec(self, fullname: str, *_where: object) -> None:
        """Refuse a blocked module; leave all others to the next finder."""
        if fullname in self._modules:
            raise ModuleNotFoundError(fullname)
