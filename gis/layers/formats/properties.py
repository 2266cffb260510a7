"""Properties that each feature brings along itself, put under common headings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pyarrow as pa

from gis.layers.problems import Finding
from gis.layers.raw_table import texts


def columns_of(
    features: Sequence[Mapping[str, str | None]], findings: list[Finding]
) -> dict[str, pa.Array]:
    """One column a key that any feature has; a key that few have is reported."""
    counts = Counter(key for feature in features for key in feature)
    for key, count in counts.items():
        if 2 * count < len(features):
            numbers = {"features": count, "all": len(features)}
            findings.append(Finding("rare_key", None, "", key, numbers))
    return {key: texts([feature.get(key) for feature in features]) for key in counts}
