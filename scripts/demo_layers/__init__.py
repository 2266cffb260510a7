"""Generates the synthetic layers of the Hejin demonstration; see layers/hejin-2024/README.md."""
