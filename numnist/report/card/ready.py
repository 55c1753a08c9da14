"""What was measured of the ready models on pictures of other origin, as docs/pictures.md has it (tests compare them).

Only for the weights that were measured: a model of one's own with the same name has not read these pictures.
"""

from __future__ import annotations

from numnist.model.pretrained import PRETRAINED, pretrained_path

EACH = 200  # generated pictures of each kind
KINDS = {"digits": 27, "fashion": 5}  # all kinds that were read
NOT_ALL = {  # of which not all were right: how many were
    "digits": {
        "cut to the ink, dark on light": 199,
        "16×16 grey, as USPS": 198,
        "16×16 black and white, as Semeion": 197,
        "8×8, as optdigits": 193,
        "a hard shadow": 198,
    },
    "fashion": {"clothes in a soft gradient": 188},
}


def ready_name(weights_sha256: str) -> str | None:
    """The name of the ready model with these weights, None if they are others."""
    from numnist.model.model import load_model

    for name in PRETRAINED:
        if load_model(pretrained_path(name)).weights_sha256 == weights_sha256:
            return name
    return None


def measured(name: str) -> str:
    """How a ready model reads pictures of other origin, in a sentence or two."""
    kinds = ", ".join(f"{kind} ({right} of {EACH})" for kind, right in NOT_ALL[name].items())
    return (
        f"On {EACH} generated pictures of each of {KINDS[name]} other kinds (scans, photographs, papers, frames, other "
        f"sizes) it was right on all, except on: {kinds}. These show that a ground is understood, not how well the "
        "model reads strangers' pictures."
    )
