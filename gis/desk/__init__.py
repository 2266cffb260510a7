"""The desk: a page in the browser of this computer, for people who don't type commands.

The project folder is its only state. Whatever it writes a person could have written, and the
command line on the same folder gives the same bytes.
"""
