"""What is installed, what is imported, and who imports whom."""

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomllib")

ROOT = Path(__file__).resolve().parents[1]
COMPONENTS = ("core", "annotations", "generators", "benchmark", "leaderboard", "cli")
# Component → the components that it may import.
MAY_IMPORT = {
    "core": set(),
    "annotations": {"core"},
    "generators": {"core", "annotations"},
    "benchmark": {"core", "annotations"},
    "leaderboard": {"core", "annotations", "benchmark"},
    "cli": set(COMPONENTS) - {"cli"},
}


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def packages_on_disk():
    found = {"manyfaces"}
    for component in COMPONENTS:
        for init in (ROOT / component).rglob("__init__.py"):
            found.add(".".join(("manyfaces", *init.parent.relative_to(ROOT).parts)))
    return found


def test_the_package_list_names_every_folder():
    assert set(project()["tool"]["setuptools"]["packages"]) == packages_on_disk()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    # setuptools builds beside its sources; a copy keeps the checkout clean.
    source = out / "source"
    shutil.copytree(
        ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "demo", "out", "*.egg-info")
    )
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(out),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"manyfaces"}
    assert not [name for name in names if "/tests/" in name]
    for component in COMPONENTS:
        assert f"manyfaces/{component}/__init__.py" in names
    assert "manyfaces/py.typed" in names


def test_the_wheel_holds_every_data_file(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {".json", ".html", ".css", ".js", ".svg", ".yaml", ".j2", ".safetensors"}
    for component in COMPONENTS:
        for path in (ROOT / component).rglob("*"):
            if path.suffix in data and "__pycache__" not in path.parts:
                assert f"manyfaces/{path.relative_to(ROOT)}" in names


def imported_components(path):
    """The components that a module imports relatively, deferred imports included."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            full = (*base, *(node.module or "").split("."))
            if full[0] in COMPONENTS:
                yield full[0]


@pytest.mark.parametrize("component", COMPONENTS)
def test_imports_run_one_way(component):
    allowed = MAY_IMPORT[component] | {component}
    for path in (ROOT / component).rglob("*.py"):
        for other in imported_components(path):
            assert other in allowed, f"{path.relative_to(ROOT)} imports {other}"


def test_only_the_command_line_prints():
    for component in set(COMPONENTS) - {"cli"}:
        for path in (ROOT / component).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    assert node.func.id != "print", path


def test_the_core_needs_no_torch():
    code = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {'torch', 'torchvision', 'pytorch_lightning', 'lightning'}:
            raise ImportError(f'{name} is blocked')
sys.meta_path.insert(0, Block())
import manyfaces.generators.build, manyfaces.annotations.statistics
import manyfaces.benchmark.scoring, manyfaces.benchmark.tracks, manyfaces.benchmark.baselines.table
import manyfaces.generators.people.source, manyfaces.cli.app
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
