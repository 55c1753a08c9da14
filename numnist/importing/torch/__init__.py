"""PyTorch: the weights of a state_dict in a .safetensors file, for a network that numnist knows.

match     which tensor is which parameter
read      the whole
"""
