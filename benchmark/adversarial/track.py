"""Attacks as tracks: what a network's pictures look like under attack, by name and bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...annotations.instances import Instances
from ...core.errors import UsageError
from ...core.files import sha256, to_json
from ...core.images import Rgb
from ...core.seeds import seed_of
from ..baselines.network import LossKind, Network
from ..track import Perturbed
from ..universal_track import attack_record, bounded
from .attacks import MOST, Attack, perturb
from .gradients import attackable, gradient_of

KINDS: tuple[LossKind, ...] = ("label", "box", "mask")


@dataclass(frozen=True, slots=True)
class Threat:
    """What is done to a network.

    Args:
        attack: how.
        bound: in 255ths, 1 to 127.
        against: the kinds of losses that are raised together.
        seed: of all that the attack draws.
    """

    attack: Attack
    bound: int
    against: tuple[LossKind, ...] = KINDS
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.bound <= MOST:
            raise UsageError(
                "there is no such bound", got=self.bound, expected=f"1 to {MOST}, in 255ths"
            )
        if not self.against or set(self.against) - set(KINDS):
            raise UsageError(
                "an attack is against losses",
                got=", ".join(self.against) or "none",
                expected="some of " + ", ".join(KINDS),
            )

    @property
    def name(self) -> str:
        """The track's name."""
        return bounded(self.attack.name, self.bound)

    @property
    def definition(self) -> dict[str, Any]:
        """All that the perturbation depends on beside network and pictures, as JSON."""
        attack = self.attack
        return {
            "attack": attack.name,
            "version": attack.version,
            "steps": attack.steps,
            "reach": attack.reach,
            "decay": attack.decay,
            "bound": self.bound,
            "against": list(self.against),
            "seed": self.seed,
        }

    def torch_seed(self, *parts: str | int) -> int:
        """A seed for torch, of this attack and what it is for."""
        words = f"{self.attack.name}-{self.bound}-{'+'.join(self.against)}"
        return seed_of(self.seed, "attack", words, *parts) >> 65


@dataclass(frozen=True, eq=False, slots=True)
class AttackTrack:
    """Each picture perturbed against a network, seeded by its id; needs its true faces."""

    threat: Threat
    network: Network
    identity: Mapping[str, Any]  # of the network, with the hash of its weights

    @property
    def name(self) -> str:
        """Under which results stand."""
        return self.threat.name

    @property
    def sha256(self) -> str:
        """Of the attack and the network."""
        return sha256(to_json({**self.threat.definition, "network": dict(self.identity)}))

    def apply(self, image: Rgb, image_id: int, instances: Instances | None = None) -> Perturbed:
        """The picture under attack, all of its values within the bound.

        Raises:
            UsageError: the true faces are not given, or the network has no such loss.
        """
        if instances is None:
            raise UsageError("an attack needs the true faces", where=f"image {image_id}")
        threat = self.threat
        with attackable(self.network, threat.torch_seed(image_id)):
            gradient = gradient_of(self.network, instances, threat.against)
            shown = perturb(threat.attack, image, gradient, threat.bound)
        record = attack_record(self.name, self.sha256, image, image_id, shown)
        return Perturbed(shown, instances, record)
