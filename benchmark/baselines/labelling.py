"""Real or fake, from the probability that a found face is forged."""

from __future__ import annotations

import torch
from torch import Tensor

from ...annotations.categories import FAKE, REAL


def labelled(found: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Each face's likelier label, and the score of face and label together.

    Args:
        found: (N,) how sure it is that there is a face.
        fake: (N,) probability that it is forged.

    Returns:
        Labels (N,), and scores (N,): ``found`` times the probability of the label.
    """
    labels = torch.where(fake >= 0.5, FAKE, REAL)
    return labels, found * torch.maximum(fake, 1 - fake)
