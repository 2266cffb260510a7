"""The inference check of whole editions."""

from gis.disclosure.inference_check import find_narrow_in_family, linked_families


def find_narrow_counts(editions, rule):
    """Counts of `editions` (oldest first) that can be bounded to fewer than `rule.hysteresis`."""
    found = [find_narrow_in_family(cells, editions, rule) for cells in linked_families(editions)]
    return sorted(one for family in found for one in family)
