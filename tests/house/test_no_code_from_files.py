"""No file can run code: the source has no eval or exec, and unpickles only what numnist's own processes have sent."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import numnist

PACKAGE = Path(numnist.__file__).parent
MODULES = {"marshal", "shelve", "dill", "cloudpickle", "imp", "code", "codeop", "runpy", "_pickle"}
CODE = {"eval", "exec", "compile", "__import__"}
UNPICKLERS = {"load", "loads", "Unpickler"}
LOADERS = {"pickle": UNPICKLERS, "torch": {"load"}, "joblib": {"load"}, "pandas": {"read_pickle"}, "builtins": CODE,
           "yaml": {"load", "load_all", "full_load", "unsafe_load"}}  # fmt: skip
# What unpickles: always what another process of numnist's own has sent through a pipe or MPI, never a file.
PIPES = {
    "training/parallel/messages.py", "training/parallel/process.py", "training/parallel/ranks.py",
    "training/parallel/mpi.py", "serve/processes/worker.py", "serve/processes/__main__.py", "bench/first_epoch.py",
}  # fmt: skip


def found(source: str) -> set[str]:
    """What a module has of what could run code: module.name, or the name of a built-in function or argument."""
    nodes = list(ast.walk(ast.parse(source)))
    modules, own = dict[str, str](), set[str]()  # what names of modules mean;  names that are no built-in ones
    kinds = set()
    for node in nodes:
        match node:
            case ast.Import(names=aliases):
                modules |= {alias.asname or alias.name: alias.name for alias in aliases}
                kinds |= {alias.name for alias in aliases if alias.name.partition(".")[0] in MODULES}
            case ast.ImportFrom(module=str(module), names=aliases):
                own |= {alias.asname or alias.name for alias in aliases}
                kinds |= {module} if module.partition(".")[0] in MODULES else set()
                kinds |= {f"{module}.{each.name}" for each in aliases if each.name in LOADERS.get(module, ())}
            case ast.FunctionDef(name=name):
                own.add(name)
    for node in nodes:
        match node:
            case ast.Name(id=name) if name in CODE - own:
                kinds.add(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                module = modules.get(name, name)
                kinds |= {f"{module}.{attribute}"} if attribute in LOADERS.get(module, ()) else set()
            case ast.keyword(arg="allow_pickle", value=value):
                kinds |= set() if isinstance(value, ast.Constant) and value.value is False else {"allow_pickle"}
    return kinds


def test_nothing_in_numnist_runs_what_a_file_holds():
    modules = {path.relative_to(PACKAGE).as_posix(): found(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}
    with_code = {name: kinds for name, kinds in modules.items() if kinds}
    assert with_code.keys() == PIPES, with_code
    assert set().union(*with_code.values()) <= {"pickle.load", "pickle.loads"}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle\npickle.load(file)", "from pickle import loads", "import pickle as p\np.loads(x)",
        "import marshal",        "from shelve import open",
        "eval('1')", "exec(text)", "compile(text, 'x', 'exec')", "__import__(name)",
        "np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=flag)", "import dill", "torch.load(path)",
        "pickle.Unpickler(file)", "yaml.load(text)", "builtins.eval(x)", "def f():\n    from joblib import load",
        "run = eval", "pandas.read_pickle(path)",
    ],
)  # fmt: skip
def test_what_would_is_found(source):
    assert found(source)


@pytest.mark.parametrize(
    "source",
    ["re.compile(x)", "pickle.dumps(x)", "np.load(path, allow_pickle=False)", "model.eval()", "json.loads(x)",
     "from numnist.fast.compile import compile\ncompile(net)"],
)  # fmt: skip
def test_what_would_not_is_not(source):
    assert not found(source)
