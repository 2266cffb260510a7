"""Open a GeoPackage in QGIS, run by the system's Python, which has its bindings.

python3 in_qgis.py GPKG PICTURE: draws the layers with their default styles into PICTURE and prints
what QGIS read of each as JSON.
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProviderRegistry,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def told(layer):
    """Renderer, colour of each class, labels and aliases of a layer."""
    renderer = layer.renderer()
    classes = {
        str(one.value()): [one.label(), one.symbol().symbolLayer(0).fillColor().name()]
        for one in (renderer.categories() if renderer.type() == "categorizedSymbol" else [])
    }
    aliases = {field.name(): field.alias() for field in layer.fields()}
    return {"valid": layer.isValid(), "renderer": renderer.type(), "classes": classes,
            "aliases": aliases, "features": layer.featureCount()}  # fmt: skip


def draw(layers, picture):
    """The layers on white, the whole extent, 800 by 800."""
    settings = QgsMapSettings()
    settings.setLayers(layers[::-1])
    settings.setDestinationCrs(layers[0].crs())
    settings.setOutputSize(QSize(800, 800))
    settings.setExtent(layers[0].extent())
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(picture)


if __name__ == "__main__":
    app = QgsApplication([], False)  # kept: QGIS works while it lives
    app.initQgis()
    path, picture = sys.argv[1:]
    provider = QgsProviderRegistry.instance().providerMetadata("ogr")
    names = [one.name() for one in provider.querySublayers(path)]
    layers = [QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in names]
    drawn = [layer for layer in layers if layer.isSpatial()]
    draw(drawn, picture)
    sys.stdout.write(json.dumps({layer.name(): told(layer) for layer in drawn}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS stumbles over layers that Python still holds when it leaves
