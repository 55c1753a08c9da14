"""docs/notebooks: plain small files without outputs, which run from top to bottom (`pip install --group notebooks`)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

import numnist

REPOSITORY = Path(numnist.__file__).parents[1]
NOTEBOOKS = sorted((REPOSITORY / "docs" / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
README = (REPOSITORY / "docs" / "notebooks" / "README.md").read_text("utf-8")
MOST = 30_000  # bytes of a file: outputs and pictures would be more


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text("utf-8"))["cells"]


def test_there_are_three_and_the_page_shows_each():
    assert NAMES == ["first-network", "handwriting", "own-layer"]
    for path in NOTEBOOKS:
        assert f"({path.name})" in README
        assert f"({path.stem}.png)" in README
        assert path.with_suffix(".png").is_file()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_a_plain_small_file_without_outputs(path):
    assert path.stat().st_size < MOST
    for cell in cells(path):
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            compile("".join(cell["source"]), str(path), "exec")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_valid(path):
    nbformat = pytest.importorskip("nbformat", reason="needs: pip install --group notebooks")
    nbformat.validate(nbformat.read(path, as_version=4))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # those of Jupyter's own packages are theirs
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    """With the network switched off: what it needs it draws itself."""
    nbclient = pytest.importorskip("nbclient", reason="needs: pip install --group notebooks")
    nbformat = pytest.importorskip("nbformat", reason="needs: pip install --group notebooks")
    pytest.importorskip("ipykernel", reason="needs: pip install --group notebooks")
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()  # raises the error of a cell
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    tables = [output for output in outputs if "<table" in output.get("data", {}).get("text/html", "")]
    assert pictures
    assert tables
    complaints = [output["text"] for output in outputs if output.get("name") == "stderr"]
    assert complaints == []
    updated = [o["data"]["text/plain"] for o in outputs if o["output_type"] == "display_data"]
    assert all(re.match(r"epoch (\d+)/\1 ", line) for line in updated), "progress has one line, which ends at the last"
    assert len(updated) == sum("progress(train" in "".join(cell["source"]) for cell in cells(path))
