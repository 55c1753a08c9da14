"""The backends: one library a file, each with a class Backend, derived from BaseBackend in numnist.bench.work."""
