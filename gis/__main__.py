"""`python -m gis` is the command `nuantu`."""

from gis.cli import main

main()
