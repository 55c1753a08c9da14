"""PyTorch: a model as a folder with a readable model.py and its weights under PyTorch's names.

layers    which modules of torch.nn each layer becomes, and the names of their tensors
classes   the few classes that PyTorch has not
write     the folder: model.py, weights.safetensors, README.md
"""
