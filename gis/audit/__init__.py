"""Judging what is: is the zone clear, how far is the work, where are the gaps."""
