"""The site that docs/build.py builds: pages of docs/, and those that are written from the library itself."""
