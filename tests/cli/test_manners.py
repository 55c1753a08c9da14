"""What people type and do not find here: every mistake has its message, and usual names are understood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import numnist as package
from numnist import UsageError, load_recipe
from numnist.cli.shared.arguments import usual
from numnist.cli.shared.mistakes import in_options
from numnist.cli.shared.vocabulary import WITH_DATASET
from numnist.data import load

SMALL = ("--batch-size", 32, "--epochs", 1, "--no-report")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        # what other programs call it
        (["train", "--dropout", "0.5"], "no option --dropout: the rate belongs to a layer: `--set network.N.rate=0.5`"),
        (["train", "--momentum", "0.9"], "it belongs to the optimizer: --optimizer momentum --set"),
        (["train", "--device", "cuda"], "numnist computes on the processor"),
        (["train", "--num-epochs", "3"], "no option --num-epochs: it is --epochs here"),
        (["train", "--random_state", "3"], "it is --seed here"),
        (["train", "--solver=adam"], "no option --solver: it is --optimizer here"),
        (["train", "--early-stopping"], "it is --patience here"),
        (["train", "--num-workers", "4"], "it is --threads here"),
        (["train", "--output-dir", "x"], "it is --run here"),
        (["train", "--label-smoothing", "0.1"], "--set loss.label_smoothing=0.1"),
        (["train", "--model", "quick"], "the recipe is the first word"),
        (["train", "--verbose"], "progress goes to stderr"),
        (["train", "-e", "3"], "it is --epochs here"),
        (["sweep", "--batch-size", "3"], "set the recipe's field, as in --set batch_size=64"),
        (["sweep", "--trials", "3"], "it is --search here"),
        (["predict", "x.png", "--weights", "y"], "it is --model here"),
        # misspelt
        (["train", "--pathience", "3"], "(did you mean --patience?)"),
        (["train", "--optimiser", "adam"], "(did you mean --optimizer?)"),
        (["train", "--zzz", "3"], "no option --zzz: numnist train --help lists its options"),
        (["train", "quik"], "did you mean 'quick'"),
        # commands
        (["fit"], "no command 'fit': try numnist train"),
        (["test"], "try numnist evaluate"),
        (["download"], "try numnist data get"),
        (["tran"], "(did you mean 'train'?)"),
        (["frobnicate"], "there are train, resume, evaluate"),
        (["data", "frob"], "numnist data has no command 'frob'; there are list, get, verify, import, remove"),
        (["show", "histroy"], "(did you mean 'history'?)"),
        (["--lr", "0.1"], "name a command first, as in numnist train --lr 0.1"),
        # one word too many
        (["train", "quick", "extra"], "takes one recipe, and extra is one word too many"),
        (["train", "quick", "l2=0.1"], "set fields of a recipe with --set l2=0.1"),
        (["train", "quick", "."], "data is named with --dataset ."),
        (["show", "data", "mnist"], "takes options only, and mnist is one word too many: data is named with --dataset"),
        (["data", "import", "a", "mnist"], "takes one path, and mnist is one word too many (see"),
        # one word too few
        (["summary"], "numnist summary needs one recipe or model (see numnist summary --help)"),
        (["resume"], "numnist resume needs one run folder (see"),
        (["data", "import"], "numnist data import needs one path (see"),
        (["evaluate", "digits", "--dataset"], "--dataset requires an argument"),
        # data where a recipe is expected
        (["train", "mnist"], "mnist is a data set, not a recipe: `numnist train --dataset mnist`"),
        (["train", "MNIST"], "`numnist train --dataset mnist`"),
        (["sweep", "fashion-mnist"], "`numnist sweep --dataset fashion-mnist`"),
        (["train", "."], ". is a folder, not a recipe: `numnist train --dataset .`"),
        (["train", "missing/"], "data is named with `numnist train --dataset PATH`"),
        (["recipes", "mnist"], "mnist is a data set, not a recipe"),
        # numbers
        (["train", "--epochs", "1.5"], "--epochs 1.5 makes no sense: give a whole number"),
        (["train", "--epochs", "1e3"], "--epochs 1e3 makes no sense: give a whole number"),
        (["train", "--batch-size", "32.5"], "--batch-size 32.5 makes no sense: give a whole number"),
        (["train", "--seed", "1.5"], "--seed 1.5 makes no sense: give a whole number"),
        (["train", "--learning-rate", "0,1"], "--learning-rate 0,1 makes no sense: give a number"),
        (["train", "--lr", "fast"], "--lr fast makes no sense: give a number"),
        (["train", "--set", "epochs=1.5"], "epochs is 1.5, but must be a whole number"),
        (["train", "--set", "network.1.units=64.5"], "units"),
        (["sweep", "--seed", "1.5"], "--seed 1.5: '1.5' is not a whole number"),
        (["sweep", "--set", "seed=0,1.5"], "seed is 1.5, but must be a whole number"),
        (["sweep", "--set", "batch_size=16.5..64", "--search", "3"], "batch_size takes whole numbers"),
        (["train", "--size", "27.5"], "--size 27.5 makes no sense: give height and width in whole pixels"),
        (["train", "--size", "28x"], "--size 28x makes no sense"),
        # the names of the command line rather than of Python
        (["train", "--batch-size", "-1"], "--batch-size is -1, but must be a whole number"),
        (["train", "--patience", "2", "--validation", "0"], "keep some with --validation N"),
        (["train", "--dataset", "strokes", "--validation", "-1"], "--validation -1 makes no sense"),
        (["sweep", "--dataset", "strokes", "--set", "validation=-1"], "--set validation=-1 makes no sense"),
        # fields
        (["train", "--set"], "--set: set what? For example --set optimizer.learning_rate=0.01"),
        (["train", "--set", "seed=0,1"], "a training takes one value; `numnist sweep` tries several"),
        (["train", "--set", "dataset=a", "--dataset", "b"], "give either --dataset or --set dataset=..., not both"),
        (["recipes", "--toml"], "--toml shows one recipe as a file"),
        (["recipes", "quick", "--toml", "--json"], "--toml shows one recipe as a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_mistake_is_told_what_was_meant(numnist, digits, arguments, words):
    data = ["--dataset", digits] if arguments[:1] == ["train"] and "--dataset" not in str(arguments) else []
    done = numnist(*arguments, *data)
    assert done.code == 2, done.err
    assert done.err.startswith("error: ")
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert done.out == ""
    assert not Path("runs").exists()


def test_what_is_no_recipe_but_a_run_or_a_model_says_so(numnist, trained):
    assert f"`numnist resume {trained}` continues it" in numnist("train", trained).err
    model = f"{trained}/model.safetensors"
    assert f"`numnist train --from {model}` starts from its weights" in numnist("train", model).err


def test_usual_short_names_are_options(numnist, digits):
    done = numnist("train", "mlp-quick", "--data", digits, "--lr", 0.004, "--bs", 32, "--wd", 0.01, "--epochs", 1,
                   "--optimizer", "adamw", "--no-report", "--json", "--run", "a")  # fmt: skip
    assert done.code == 0, done.err
    recipe = load_recipe(Path("a/config.toml"))
    assert (recipe.optimizer.learning_rate, recipe.batch_size, recipe.optimizer.weight_decay) == (0.004, 32, 0.01)
    again = numnist("train", "mlp-quick", "--data", digits, "--batch", 16, "--set", "epochs=1", "--run", "b",
                    "--no-report")  # fmt: skip
    assert again.code == 0, again.err
    assert load_recipe(Path("b/config.toml")).batch_size == 16


def test_help_and_version_have_their_usual_names(numnist):
    assert numnist("-V").out == numnist("--version").out == f"{package.__version__}\n"
    assert numnist("help").out == numnist("--help").out
    assert numnist("help", "train").out == numnist("train", "--help").out
    assert numnist("help", "data", "import").out == numnist("data", "import", "--help").out
    assert numnist("data", "help").out == numnist("data", "--help").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(numnist, shell, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    done = numnist("--install-completion", "--shell", shell, "--output", tmp_path / "script")
    assert done.code == 0, done.err
    script = (tmp_path / "script").read_text()
    assert "gradcheck" in script
    assert "learning-rate" in script
    assert "--install-completion" in numnist("--help").out


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("train --size 28 32", "train --size 28x32"),
        ("train --size=28 32 quick", "train --size=28x32 quick"),
        ("train --size 28 quick", "train --size 28 quick"),
        ("train --size 28x28 --epochs 3", "train --size 28x28 --epochs 3"),
        ("train --sizes 28 32", "train --sizes 28 32"),
        ("show filters --units 4 --size 1 2 3", "show filters --units 4 --size 1x2 3"),
        ("help", "--help"),
        ("show help", "show --help"),
    ],
)
def test_words_are_read_as_people_write_them(words, meant):
    assert usual(words.split()) == meant.split()


@pytest.mark.parametrize(
    ("size", "shape"),
    [([12], (12, 12)), (["12x14"], (12, 14)), (["12", "14"], (12, 14)), (["12X14"], (12, 14)), (["12×14"], (12, 14))],
)
def test_a_size_is_written_in_any_usual_way(numnist, colours, size, shape):
    done = numnist("data", "import", colours, "--name", "mine", "--size", *size)
    assert done.code == 0, done.err
    assert load("mine").shape[1:] == shape


@pytest.fixture
def colours():
    """A folder of pictures of several sizes in two classes."""
    from PIL import Image

    for i in range(24):
        path = Path("colours", "ab"[i % 2], f"{i}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (10 + i, 20), 10 * i).save(path)
    return "colours"


def test_messages_are_left_alone_in_python():
    text = "ask for fewer with validation=. Resize with size=(height, width)."
    assert in_options(text, []) == text
    assert in_options(text, ["train"]) == "ask for fewer with --validation. Resize with --size HxW."
    assert in_options(text, ["sweep"]) == "ask for fewer with --set validation=. Resize with --set size=[H,W]."
    assert in_options("give --size 28 28 (in Python size=(28, 28)).", ["train"]) == "give --size 28 28."
    assert in_options("mine.toml: batch_size is -1, but must be", ["train", "--batch-size"])[:9] == "mine.toml"


def test_the_data_of_a_run_may_have_moved(numnist, digits):
    here = Path("here.npz")
    here.write_bytes(digits.read_bytes())
    done = numnist("train", "mlp-quick", "--dataset", here, *SMALL, "--run", "a")
    assert done.code == 0, done.err
    here.rename("there.npz")
    assert numnist("resume", "a", "--epochs", 2).code == 3
    for command in (("report", "a"), ("resume", "a", "--epochs", 2)):
        done = numnist(*command, "--dataset", "there.npz")
        assert done.code == 0, done.err
    assert load_recipe(Path("a/config.toml")).dataset == str(Path("there.npz").resolve())
    assert numnist("report", "a").code == 0
    x = np.zeros((40, 28, 28), np.uint8)
    np.savez("other.npz", x=x, y=np.arange(40) % 10)
    done = numnist("resume", "a", "--epochs", 3, "--dataset", "other.npz")
    assert done.code == 3
    assert "Give the same data again" in done.err


def test_a_longer_run_is_not_the_one_from_the_start_where_the_schedule_knows_the_end(numnist, trained):
    err = numnist("resume", trained, "--epochs", 4).err
    assert "OneCycle() depends on the number of epochs" in err
    assert "the result is not that of 4 epochs from the start" in err


def test_a_published_data_set_is_not_resized():
    with pytest.raises(UsageError, match=r"the pictures of strokes are 28×28 and are not resized"):
        load("strokes", size=(14, 14))


def test_arrays_are_resized_too(digits):
    data = load(digits, size=(14, 14))
    assert data.shape == (1, 14, 14)
    assert any("resizes" in note for note in data.notes)


@pytest.mark.parametrize("command", WITH_DATASET)
def test_data_is_named_with_an_option_that_is_there(numnist, command):
    assert "--dataset" in numnist(*command.split(), "--help").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "--dataset", "mnsit"], 3, "no file 'mnsit' (did you mean 'mnist'?)"),
        (["evaluate", "digits", "--dataset", "mnsit"], 3, "no file 'mnsit' (did you mean 'mnist'?)"),
        (["resume", "trained", "--dataset", "stroks"], 3, "no file 'stroks' (did you mean 'strokes'?)"),
        (["sweep", "quick", "--dataset", "Fashion-MNITS"], 3, "(did you mean 'fashion-mnist'?)"),
        (["data", "get", "kmnits"], 2, "'kmnits' cannot be downloaded (did you mean 'kmnist'?)"),
        (["data", "verify", "mnsit"], 2, "no data set 'mnsit' (did you mean 'mnist'?)"),
        (["data", "remove", "mnsit"], 2, "no data set 'mnsit' (did you mean 'mnist'?)"),
        (["predict", "a.png", "--model", "digts"], 4, "no such model file (did you mean 'digits'?)"),
        (["train", "--from", "digts"], 4, "no such model file (did you mean 'digits'?)"),
        (["evaluate", "fashon"], 4, "no such model file (did you mean 'fashion'?)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_misspelt_data_set_or_model_is_told_what_was_meant(numnist, trained, arguments, code, words):
    done = numnist(*arguments)
    assert done.code == code, done.err
    assert words in done.err


def test_an_imported_data_set_is_meant_too(numnist, digits):
    assert numnist("data", "import", digits, "--name", "my-letters").code == 0
    assert "(did you mean 'my-letters'?)" in numnist("train", "--dataset", "my-leters").err
