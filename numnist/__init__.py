"""numnist: neural networks for handwriting, in NumPy that is meant to be read."""

__version__ = "0.1.0"
