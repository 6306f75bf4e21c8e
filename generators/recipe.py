"""What a build is asked for: one model that is the flags' default, the YAML and the record."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from ..core.configuration import expectation, read_yaml
from ..core.errors import UsageError
from ..core.files import write_text
from ..core.tables import lookup
from .learned.config import LearnedMethod
from .methods.table import GENERATORS

Share = Annotated[float, Field(ge=0, le=1)]
SplitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]

_ROUNDING: Final = 1e-6


class Recipe(BaseModel):
    """How a dataset is forged. The same recipe and source give the same bytes.

    Args:
        seed: every random choice derives from it.
        learned: methods that are networks, by the name that ``methods`` gives them.
        methods: weight of each forgery method, by name. A swap weighs more by default,
            as it gives way to another method wherever no donor fits.
        pristine: share of the images that are kept without any forgery.
        forged: share of the forgeable faces that are forged in the other images;
            at least one face in each of them is tried.
        max_forged: at most so many faces of one image are forged.
        attempts: how many forgeries of a face by one method may fail a gate.
        give_way: whether a face that its method fails on goes to the next method, and stays
            real only where none is left.
        fooled_below: where a build is given a detector, a forgery that it takes for
            forged with at least this probability is drawn again, ``attempts`` in all;
            then the one that fooled it most is kept.
        max_side: photographs are shrunk so that their longer side has at most so
            many pixels.
        min_side: photographs whose shorter side is below so many pixels are skipped.
        min_face: faces whose box is narrower or lower than so many pixels stay real.
        jpeg_quality: of the one encode that every image gets, pristine or forged.
        splits: share of the images in each split, by name.
        split_seed: of the splits, where they shall be those of a build with another seed;
            ``seed`` where none is given.
        sheet_faces: faces on one page of the contact sheet.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(default=0, ge=0)
    learned: dict[SplitName, LearnedMethod] = Field(default_factory=dict)
    methods: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=lambda: {"swap": 3.0, "self-blend": 1.0}
    )
    pristine: Share = 0.3
    forged: Share = 0.6
    max_forged: int = Field(default=8, ge=1)
    attempts: int = Field(default=6, ge=1, le=100)
    give_way: bool = True
    fooled_below: Share = 0.5
    max_side: int = Field(default=1024, ge=64)
    min_side: int = Field(default=96, ge=1)
    min_face: int = Field(default=40, ge=1)
    jpeg_quality: int = Field(default=92, ge=1, le=100)
    splits: dict[SplitName, Share] = Field(
        default_factory=lambda: {"train": 0.7, "val": 0.1, "test": 0.2}
    )
    split_seed: int | None = Field(default=None, ge=0)
    sheet_faces: int = Field(default=60, ge=1)

    @field_validator("learned")
    @classmethod
    def _own_names(cls, learned: dict[str, LearnedMethod]) -> dict[str, LearnedMethod]:
        if taken := sorted(learned.keys() & GENERATORS.keys()):
            raise ValueError(f"other names than those of built-in methods, as {taken[0]} is")
        return learned

    @field_validator("methods")
    @classmethod
    def _known(cls, methods: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        # Where ``learned`` is wrong itself, that is what is to be said.
        learned = info.data.get("learned", methods)
        for name in methods:
            if name not in learned:
                lookup(GENERATORS, name, "generator")
        if not sum(methods.values()) > 0:
            raise ValueError("at least one method with a weight above 0")
        return methods

    @field_validator("splits")
    @classmethod
    def _whole(cls, splits: dict[str, float]) -> dict[str, float]:
        if abs(sum(splits.values()) - 1) > _ROUNDING:
            raise ValueError("shares that add up to 1")
        return splits


def make_recipe(values: object, *, where: object) -> Recipe:
    """Check plain values, as YAML gives them.

    Raises:
        UsageError: one sentence on the first field that is wrong; ``where`` names
            the file.
    """
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise UsageError(
            "the recipe is not a set of fields",
            where=where,
            got=type(values).__name__,
            expected=f"`field: value` lines of {_fields()}",
        )
    try:
        return Recipe(**{str(name): value for name, value in values.items()})
    except ValidationError as error:
        raise _broken(error, where) from error


def _broken(error: ValidationError, where: object) -> UsageError:
    first: Any = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        return UsageError(
            f"the recipe has no field {field!r}", where=where, expected=f"one of {_fields()}"
        )
    return UsageError(
        f"the recipe's field {field!r} is wrong",
        where=where,
        got=repr(first["input"]),
        expected=expectation(first["msg"]),
    )


def _fields() -> str:
    return ", ".join(Recipe.model_fields)


def shipped_recipes() -> tuple[str, ...]:
    """Names of the recipes that come with the package."""
    folder = files(__package__).joinpath("recipes")
    names = [Path(path.name) for path in folder.iterdir()]
    return tuple(sorted(name.stem for name in names if name.suffix == ".yaml"))


def find_recipe(reference: str) -> Path:
    """A recipe's file: one of the user's, or one that comes with the package, by its name.

    Raises:
        UsageError: there is no such file, and no such name.
    """
    path = Path(reference)
    if path.suffix or path.exists():
        return path
    if reference not in shipped_recipes():
        raise UsageError(
            f"there is no recipe {reference!r}",
            expected=f"a YAML file, or one of {', '.join(shipped_recipes())}",
        )
    return Path(str(files(__package__).joinpath("recipes", f"{reference}.yaml")))


def read_recipe(path: Path) -> Recipe:
    """Read a recipe from YAML; fields left out keep their defaults.

    Raises:
        DataError: the file cannot be read.
        UsageError: it is not YAML, or a field is unknown or out of range.
    """
    return make_recipe(read_yaml(path, "recipe"), where=path)


def change(recipe: Recipe, **values: object) -> Recipe:
    """The recipe with some fields replaced; None leaves a field as it is.

    Raises:
        UsageError: a value is out of range.
    """
    given = {name: value for name, value in values.items() if value is not None}
    return make_recipe({**recipe.model_dump(), **given}, where="the command line")


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Write the whole recipe, defaults included, as YAML that ``read_recipe`` reads."""
    write_text(path, yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False))
