"""ONNX: a network from the graph of another program.  Needs the package onnx: the extra "onnx".

file        the bytes of a file as a graph whose every operator is known, checked before any number is read
values      what flows through a graph: layers so far, formulas, shapes, constants
node, call  one node of the graph under interpretation: how it refuses, and its inputs
table       every operator that is known, by the function that says which layers it is
formulas    what a formula is: a scaling, or an activation that is spelt out
arithmetic  formulas become layers; sums of two ways become a Residual
dense, windows, pointwise, moving, constants, ends    the operators themselves
interpret   the walk through the graph
start       the graph's input, and what numnist's may be
metadata    what numnist itself writes into such files
read        from the graph's input and output to a model
"""
