"""The site that docs/make.py builds: pages of docs/, and those that are written from the library itself."""
