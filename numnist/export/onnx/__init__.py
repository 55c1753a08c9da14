"""ONNX: a model as a graph that other runtimes run.  Needs the package onnx: the extra "onnx".

graph     nodes, constants and names
layers    what each layer is in ONNX
write     the whole model: input, normalisation, layers, probabilities, and what is known about it
"""
