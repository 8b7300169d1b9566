"""Who may import whom, checked by import-linter (contracts in pyproject.toml), and what importing steepest loads."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "steepest"
HEAVY = (
    "numpy", "scipy", "numba", "llvmlite", "sklearn", "matplotlib", "pandas", "pyarrow", "rich", "click", "jax",
    "torch", "optax", "plotly", "starlette", "uvicorn", "joblib", "PIL",
)  # fmt: skip


CALL = "import steepest; r = steepest.minimize(lambda w: float(w @ w), [1.0]"


def layers() -> list[list[str]]:
    """The layers from the top, as pyproject.toml has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (rows,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[name.strip(" ()") for name in row.split("|")] for row in rows]


def loaded(code: str) -> list[str]:
    """The heavy libraries that ``code`` loads in a fresh process."""
    code += f"\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_every_import_points_downwards():
    lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_contract_knows_every_layer():
    known = {name for row in layers() for name in row}
    assert {path.parent.name for path in SOURCE.glob("*/__init__.py")} <= known
    assert ["problems", "methods", "records"] in layers()
    assert layers()[-1] == ["base"]


def test_names_in_strings_point_downwards_too():
    """import-linter does not see what is imported by a name in a string."""
    height = {name: k for k, row in enumerate(reversed(layers())) for name in row}
    for path in sorted(SOURCE.glob("*/**/*.py")):
        here = path.relative_to(SOURCE).parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("steepest."):
                there = node.value.split(".")[1].split()[0]
                if there in height:
                    assert there == here or height[there] < height[here], f"{path}: {node.value}"


def test_importing_steepest_loads_nothing_heavy():
    assert loaded("import steepest; dir(steepest)") == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import steepest; steepest.methods.names(); steepest.methods.Adam", []),
        ("import steepest; steepest.gallery.names(); steepest.gallery.rosenbrock()", ["numpy"]),
        ("import steepest; steepest.schedules.names(), steepest.schedules.Cosine(0.1)", ["numpy"]),
        ("import steepest; steepest.line_search.names(), steepest.line_search.Armijo()", ["numpy"]),
        ("import steepest; steepest.as_scipy('adam'), steepest.check_gradient, steepest.FiniteSum", ["numpy"]),
        (f"{CALL}, grad=lambda w: 2 * w); repr(r), r._repr_html_()", ["numpy"]),
        (f"{CALL}, grad='finite')", ["numpy"]),
        (f"{CALL})", ["numpy", "jax"]),
        (f"import os; os.environ['STEEPEST_WITHOUT_JAX'] = '1'; {CALL})", ["numpy"]),
        ("import steepest; steepest.LinearModel([[1.0]], [1.0])", ["numpy"]),
    ],
)  # fmt: skip
def test_nothing_is_loaded_before_it_is_needed(code, expected):
    assert loaded(code) == expected


def test_no_public_name_is_hidden_by_a_module_of_its_package():
    """A lazy ``steepest.minimize`` would be replaced by its module of that name once that is imported."""
    for init in SOURCE.glob("**/__init__.py"):
        modules = {path.stem for path in init.parent.glob("*.py")} | {p.parent.name for p in init.parent.glob("*/*.py")}
        tree = ast.parse(init.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    name = getattr(key, "value", None)
                    target = ast.unparse(value)
                    assert name not in modules or f"steepest.{name}'" in target, f"{init}: {name}"
