"""Classifies one picture with PyTorch, as `numnist predict` does, with the default recipe's network from a file.

    python benchmarks/predict_in_pytorch.py MODEL PICTURE.png
    python benchmarks/predict_in_pytorch.py MODEL             # writes such a file, and prints its number of parameters

It does less than numnist: the picture must be 28×28, light on dark, and is not preprocessed.
"""

import sys

import torch

network = torch.nn.Sequential(
    torch.nn.Conv2d(1, 16, 5), torch.nn.MaxPool2d(2), torch.nn.ReLU(),
    torch.nn.Conv2d(16, 32, 5), torch.nn.MaxPool2d(2), torch.nn.ReLU(), torch.nn.Flatten(),
    torch.nn.Linear(32 * 4 * 4, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10),
)  # fmt: skip
MEAN, STD = 0.1307, 0.3081

if len(sys.argv) == 2:
    torch.save(network.state_dict(), sys.argv[1])
    print(sum(p.numel() for p in network.parameters()))
else:
    import numpy as np
    from PIL import Image

    network.load_state_dict(torch.load(sys.argv[1], weights_only=True))
    network.train(False)
    pixels = np.asarray(Image.open(sys.argv[2]).convert("L"), np.float32) / 255
    with torch.inference_mode():
        probs = network(torch.from_numpy((pixels - MEAN) / STD)[None, None]).softmax(1)[0]
    for digit in probs.argsort(descending=True)[:3].tolist():
        print(f"{digit} {100 * probs[digit]:.1f}%")
