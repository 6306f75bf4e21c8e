"""The gradient of a network's losses at a picture; the network stays as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from ...annotations.instances import Instances
from ...core.errors import UsageError
from ..baselines.frozen import DRAWN, NOISY, losing
from ..baselines.network import LossKind, Network, Target, to_device, to_target
from .attacks import Floats, Gradient


@contextmanager
def attackable(network: Network, seed: int) -> Iterator[None]:
    """Training mode, so that there are losses, with all that is frozen in prediction frozen.

    Modes, weights, running statistics, gradients and torch's generators are as before
    afterwards.

    Args:
        network: to be attacked.
        seed: of what its losses draw, such as the proposals that they sample.
    """
    device = _device(network)
    devices = [device] if device.type == "cuda" else []
    # Lightning evaluates in inference mode, which keeps no graph.
    with torch.inference_mode(False), torch.enable_grad(), torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        # An attack is on the network as it predicts.
        with losing(network, (*NOISY, *DRAWN)):
            yield


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


def attacked_loss(
    network: Network, pixels: Tensor, target: Target, against: Collection[LossKind]
) -> Tensor:
    """The sum of the losses of the given kinds for one (3, H, W) picture.

    Raises:
        UsageError: the network has none of these kinds.
    """
    losses = network.attack_losses([pixels], [target])
    chosen = [value for name, value in losses.items() if network.loss_kind(name) in against]
    if not chosen:
        kinds = sorted({network.loss_kind(name) for name in losses})
        raise UsageError(
            "the network has no loss to attack",
            where=type(network).__name__,
            got=", ".join(against),
            expected=f"one of {', '.join(kinds)}",
        )
    return torch.stack(chosen).sum()


def gradient_of(network: Network, truth: Instances, against: Collection[LossKind]) -> Gradient:
    """The gradient of one picture's losses; to be called within ``attackable``."""
    device = _device(network)
    target = to_device(to_target(truth), device)

    def gradient(image: Floats) -> Floats:
        planes = np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32)
        pixels = torch.from_numpy(planes).to(device).requires_grad_()
        loss = attacked_loss(network, pixels, target, against)
        if not loss.requires_grad:  # nothing in the picture that it depends on
            return np.zeros_like(image)
        slope: Tensor | None = torch.autograd.grad(loss, [pixels], allow_unused=True)[0]
        if slope is None:
            return np.zeros_like(image)
        # A pixel where the slope is undefined stays as it is.
        return np.asarray(np.nan_to_num(slope.cpu().numpy().transpose(1, 2, 0), posinf=0, neginf=0))

    return gradient
