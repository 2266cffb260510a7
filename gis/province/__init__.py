"""Ledgers too large for one run: partitioned, run district by district, published in volumes."""
