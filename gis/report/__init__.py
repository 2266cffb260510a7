"""What an office opens: CSV, workbooks, Parquet, the desktop twin of the maps."""
