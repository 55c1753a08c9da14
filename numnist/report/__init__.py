"""Figures of data, networks and runs, drawn with matplotlib, and the one-file report of a run."""
