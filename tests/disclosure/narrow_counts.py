"""The inference check of whole editions."""

from gis.disclosure.inference_check import find_narrow_in_family, linked_families


def find_narrow_counts(editions, blur):
    """The counts of `editions` (oldest first) that can be bounded to fewer than `blur.move`."""
    found = [find_narrow_in_family(cells, editions, blur) for cells in linked_families(editions)]
    return sorted(one for family in found for one in family)
