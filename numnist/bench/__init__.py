"""The benchmark: numnist and the libraries that people train small networks with, compared in one run.

    networks    the five reference networks;  flops: what a step of each costs, and the machine's peak
    work        what every backend is given: the same pictures, weights and order of batches; what it must do with them
    backends/   one library a file;  peers: which ones take part
    process     each backend's own process, which serves one request at a time;  memory: its peak
    first_epoch from the start of a process to the end of an epoch
    agreement   whether all compute the same
    rounds      the order of measurements, A B C A B C ...
    measure     all measurements of one network with one number of threads
    compare     the whole comparison, from the check to the record
    tables, figure    the record for people: ratios to numnist's times

The rest of numnist imports nothing from here, and only a backend's process imports its library.
"""
