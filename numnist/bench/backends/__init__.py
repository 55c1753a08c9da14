"""The sides: one library a file, each with a class Side that numnist.bench.side describes."""
