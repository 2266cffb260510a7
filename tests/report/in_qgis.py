"""Open a GeoPackage or a project in QGIS, run by the system's Python, which has its bindings.

python3 in_qgis.py FILE PICTURE POINTS: draws FILE into PICTURE, a GeoPackage with its default
styles and its layers in their order, a project as it opens. Prints what QGIS read of each layer as
JSON, and the colours around each of POINTS, a JSON list of coordinates.

python3 in_qgis.py --rows FILE …: prints the rows of each file as JSON, the geometry as WKB under
"".
"""

import json
import os
import sys

from qgis.core import (
    NULL,
    Qgis,
    QgsApplication,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsProviderRegistry,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

SIZE, DPI = 2000, 192  # two pixels for one of a page
NEAR = 6  # pixels


def told(layer):
    """Renderer, colour of each class, labels, aliases and words of a layer."""
    renderer = layer.renderer()
    classes = {
        str(one.value()): [one.label(), one.symbol().color().name()]
        for one in (renderer.categories() if renderer.type() == "categorizedSymbol" else [])
    }
    fields = layer.fields()
    words = {
        field.name(): field.editorWidgetSetup().config().get("map")
        for field in fields
        if field.editorWidgetSetup().type() == "ValueMap"
    }
    extent = layer.extent()
    symbols = renderer.symbols(QgsRenderContext())
    dashes = [[part.customDashVector() for part in symbol.symbolLayers()
               if part.layerType() == "SimpleLine" and part.useCustomDashPattern()]
              for symbol in symbols]  # fmt: skip
    return {"valid": layer.isValid(), "renderer": renderer.type(), "classes": classes,
            "aliases": {field.name(): field.alias() for field in fields}, "words": words,
            "labels": layer.labeling().settings().fieldName if layer.labelsEnabled() else "",
            "features": layer.featureCount(), "title": layer.name(), "dashes": dashes,
            "source": layer.source(), "read_only": layer.readOnly(),
            "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
            }  # fmt: skip


def draw(layers, extent, picture):
    """The layers, the first on top, on white; the settings that say where a coordinate lies."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[0].crs())
    settings.setOutputSize(QSize(SIZE, SIZE))
    settings.setOutputDpi(DPI)
    settings.setExtent(extent)
    settings.setBackgroundColor(QColor("white"))
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(picture)
    return settings, image


def around(image, x, y):
    """The colours of the pixels up to `NEAR` from a pixel, its own first."""
    steps = sorted(range(-NEAR, NEAR + 1), key=abs)
    pixels = [image.pixelColor(x + i, y + j).name() for i in steps for j in steps]
    return list(dict.fromkeys(pixels))


def opened(path):
    """The layers of a file by their name in the GeoPackage, the first on top, and what is on."""
    if path.endswith(".qgs"):
        project = QgsProject.instance()
        project.read(path)
        root = project.layerTreeRoot()
        layers = {one.source().split("layername=")[1]: one for one in root.layerOrder()}
        shown = [one for one in layers.values() if root.findLayer(one.id()).isVisible()]
        return layers, shown, QgsRectangle(project.viewSettings().defaultViewExtent())
    provider = QgsProviderRegistry.instance().providerMetadata("ogr")
    names = [one.name() for one in provider.querySublayers(path)]
    layers = {name: QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in names}
    return layers, list(layers.values()), layers["villages"].extent()


def rows(path):
    """The rows of all layers of a file; missing as None, days as text."""
    provider = QgsProviderRegistry.instance().providerMetadata("ogr")
    found = []
    for one in provider.querySublayers(path, Qgis.SublayerQueryFlag.ResolveGeometryType):
        layer = QgsVectorLayer(one.uri(), one.name(), "ogr")
        names = [field.name() for field in layer.fields()]
        for feature in layer.getFeatures():
            row = dict(zip(names, map(plain, feature.attributes()), strict=True))
            found.append(row | {"": feature.geometry().asWkb().data().hex()})
    return found


def plain(value):
    """A value of QGIS as JSON knows it."""
    if value == NULL:
        return None
    return value.toPyDate().isoformat() if hasattr(value, "toPyDate") else value


def drawn(path, picture, points):
    """What QGIS reads and draws of a GeoPackage or a project."""
    layers, shown, extent = opened(path)
    settings, image = draw(shown, extent, picture)
    at = [settings.mapToPixel().transform(QgsPointXY(x, y)) for x, y in json.loads(points)]
    colours = [around(image, int(one.x()), int(one.y())) for one in at]
    return {"layers": {name: told(layer) for name, layer in layers.items()}, "colours": colours,
            "title": QgsProject.instance().title(), "crs": QgsProject.instance().crs().authid(),
            "shown": [layer.name() for layer in shown],
            "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
            }  # fmt: skip


if __name__ == "__main__":
    app = QgsApplication([], False)  # kept: QGIS works while it lives
    app.initQgis()
    if sys.argv[1] == "--rows":
        said = {path: rows(path) for path in sys.argv[2:]}
    else:
        said = drawn(*sys.argv[1:])
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS stumbles over layers that Python still holds when it leaves
