"""Keras: a network from a .keras or .h5 file, without Keras.  Needs the package h5py: the extra "keras".

hdf5      numbers from an HDF5 file, and nothing that leads out of it
broken    one type of error for a broken file
apart     all of this in a process of its own
file      both kinds of file: the network's description, and the arrays of each layer
chain     the description as layers one after the other
options   a layer's options, each checked, and none left unread
build     the network under construction, whose pictures have the channels first
layers    what each kind of layer becomes
inputs    what comes before the first layer: shapes, scaling, normalisation
read      the whole
"""
