"""The benchmark: numnist beside the libraries that people train small networks with, all in one run.

    networks    the five reference networks;  flops: what a step of each costs, and what the machine can do
    work        what every side is given: the same pictures, weights and order of batches
    side        what a side must be able to do, and which there are;  sides/: one library a file
    process     each side's own process, which answers one order at a time;  footprint: its memory
    agreement   whether all do the same work
    rounds      whose turn it is: A B C A B C ..., and what ratios come of it
    compare     the whole comparison, from the check to the record
    readings    what a record comes to;  tables, figure: for people

Nothing here is imported by numnist itself, and a library only by its side's process.
"""
