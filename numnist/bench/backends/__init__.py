"""The backends: one library a file, each with a class Backend as numnist.bench.backend describes it."""
