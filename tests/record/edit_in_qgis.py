"""Edit office.gpkg in QGIS, run by the system's Python, which has its bindings.

python3 edit_in_qgis.py FILE [VILLAGE [locked]]: rules the village, draws a zone, deletes the first
ruling, changes a payment, and prints "saved" once QGIS has saved each; then it stays, in the midst
of another edit, until it is killed. locked: that edit is in a transaction, as QGIS does where a
project has transaction groups, so that nobody else can write.
"""

import sys
import time

from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer

AREA = "MultiPolygon(((110.5 35.5, 110.6 35.5, 110.6 35.6, 110.5 35.5)))"


def opened(path, name):
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    assert layer.isValid(), name
    assert layer.startEditing(), name
    return layer


def added(layer, **values):
    feature = QgsFeature(layer.fields())
    for name, value in values.items():
        feature.setAttribute(name, value)
    return feature


def saved(layer):
    assert layer.commitChanges(False), layer.commitErrors()
    print("saved", layer.name(), flush=True)


def main(path, village="140882102205", locked=""):
    app = QgsApplication([], False)
    app.initQgis()
    rulings = opened(path, "rulings")
    assert rulings.addFeature(added(rulings, village_code=village, approach="gas"))
    assert rulings.deleteFeature(1)
    saved(rulings)
    zones = opened(path, "coal_ban_zones")
    zone = added(zones, zone_id="Z9", zone="新区", effective_on="2024-10-01")
    zone.setGeometry(QgsGeometry.fromWkt(AREA))
    assert zones.addFeature(zone)
    saved(zones)
    payments = opened(path, "payments")
    for row in payments.getFeatures():
        payments.changeAttributeValue(row.id(), payments.fields().indexOf("amount_cny"), 0.25)
    saved(payments)
    if locked:
        assert payments.commitChanges()
        QgsProject.instance().setAutoTransaction(True)
        QgsProject.instance().addMapLayer(payments)
        assert payments.startEditing()
    payments.changeAttributeValue(1, payments.fields().indexOf("payer"), "未保存")
    print("editing", flush=True)
    time.sleep(600)


main(*sys.argv[1:])
