"""What options and commands are called in Keras, PyTorch, scikit-learn and other programs, and here.

Words stand without hyphens before them and with hyphens for underscores.  What has another name here is found by its
meaning rather than by its letters: --lr is not --l2 misspelt.
"""

# Our option: their names.  The most usual of them are aliases (options.py), so they do not stand here.
OPTIONS_MEANT = {
    "--epochs": "epoch num-epochs n-epochs nb-epoch max-epochs max-iter n-iter iterations e",
    "--batch-size": "minibatch mini-batch minibatch-size train-batch-size b bs batch",
    "--learning-rate": "learning-rate-init lr0 eta alpha-lr rate step-size-init",
    "--optimizer": "solver optim opt algorithm",
    "--weight-decay": "decay",
    "--l2": "alpha lambda reg l2-reg kernel-regularizer",
    "--schedule": "scheduler lr-schedule lr-scheduler sched lr-policy lr-decay",
    "--clip-norm": "clip grad-clip clip-grad max-norm max-grad-norm clipnorm gradient-clip-val",
    "--average": "ema swa model-ema ema-decay",
    "--patience": "early-stopping early-stop n-iter-no-change",
    "--augment": "augmentation aug data-augmentation transform transforms",
    "--activation": "act nonlinearity",
    "--loss": "criterion objective",
    "--validation": "val valid validation-split validation-fraction val-split val-size validation-size",
    "--pictures": "samples n-samples train-size limit max-samples subset images",
    "--size": "image-size img-size imgsz input-size resize shape",
    "--seed": "random-state random-seed rng manual-seed",
    "--threads": "workers num-workers n-jobs nproc num-threads cores cpus cpu jobs j",
    "--jobs": "workers num-workers n-jobs parallel j",
    "--dataset": "data-path data-folder folder input train-data train-dir path d",
    "--run": "output out o output-dir out-dir save save-dir save-path logdir log-dir project name checkpoint-dir",
    "--from": "weights pretrained init checkpoint ckpt finetune fine-tune transfer load",
    "--freeze": "frozen freeze-layers freeze-backbone freeze-body feature-extraction head-only linear-probe",
    "--model": "weights checkpoint ckpt m",
    "--search": "trials n-trials n-iter max-trials tune",
    "--out": "output o save file",
    "--port": "p",
    "--split": "subset set partition",
    "--name": "n as",
    "--force": "f yes y overwrite",
}

# Their names, the option that a command must have for the advice, and the advice
ADVICE = (
    ("dropout dropout-rate drop drop-rate", "--regularization",
     "the rate belongs to a layer: `--set network.N.rate=0.5` changes it, `--regularization dropout` adds one."),
    ("momentum", "--set", "it belongs to the optimizer: --optimizer momentum --set optimizer.momentum=0.9"),
    ("beta1 beta-1 beta2 beta-2 eps epsilon", "--set", "it belongs to the optimizer, as in --set optimizer.beta1=0.8"),
    ("nesterov nesterovs-momentum", "--optimizer", "it is an optimizer: --optimizer nesterov"),
    ("gamma step-size factor warmup warmup-steps warmup-epochs", "--set",
     "it belongs to the schedule, as in --schedule step-decay --set schedule.factor=0.5 schedule.every=3"),
    ("label-smoothing smoothing", "--set", "it belongs to the loss: --set loss.label_smoothing=0.1"),
    ("layers hidden hidden-layers hidden-layer-sizes units hidden-size filters kernel-size", "--set",
     "it belongs to a layer of the recipe, as in --set network.1.units=64 (numnist recipes RECIPE shows them)."),
    ("batch-norm batchnorm bn", "--set", "it is a layer: write a recipe with it (docs/recipes.md)."),
    ("model arch architecture network net config cfg recipe", "--set",
     "the recipe is the first word, as in numnist train quick (numnist recipes lists them)."),
    ("batch-size bs batch lr wd", "--set", "set the recipe's field, as in --set batch_size=64"),
    ("l1", "", "numnist has no L1 regularization; it has --l2 and --weight-decay."),
    ("device gpu gpus cuda mps accelerator", "",
     "numnist computes on the processor, on all its cores unless --threads says fewer: leave it out."),
    ("amp fp16 bf16 half precision mixed-precision dtype", "", "numnist trains in float32: leave it out."),
    ("resume continue restart", "", "it is a command: numnist resume RUN"),
    ("evaluate eval test", "", "it is a command: numnist evaluate MODEL"),
    ("verbose v quiet q silent no-progress", "",
     "progress goes to stderr and results to stdout: `2> /dev/null` hides the progress."),
    ("version", "", "ask numnist itself: numnist --version"),
    ("shuffle no-shuffle", "--seed", "every epoch is shuffled, as the seed says: --seed 1"),
    ("label labels classes num-classes n-classes", "--dataset", "the classes are those of the data: leave it out."),
)  # fmt: skip

COMMANDS_MEANT = {
    "fit": "train", "learn": "train", "run": "train", "start": "train", "continue": "resume", "restart": "resume",
    "test": "evaluate", "eval": "evaluate", "score": "evaluate", "validate": "evaluate", "classify": "predict",
    "infer": "predict", "inference": "predict", "recognize": "predict", "recognise": "predict", "read": "predict",
    "download": "data get", "get": "data get", "import": "data import", "datasets": "data list", "dataset": "data list",
    "remove": "data remove", "verify": "data verify", "plot": "show", "draw": "serve --open", "web": "serve",
    "server": "serve", "ui": "serve --open", "gui": "serve --open", "app": "serve --open", "page": "serve --open",
    "tune": "sweep", "search": "sweep --search 40", "grid": "sweep", "models": "recipes", "list": "recipes",
    "recipe": "recipes", "networks": "recipes", "info": "summary", "describe": "summary", "version": "--version",
    "benchmark": "bench", "lessons": "lesson", "course": "lesson", "tutorial": "lesson",
    "exercises": "exercise", "homework": "exercise", "task": "exercise", "grade": "check",
    "history": "show history", "confusion": "show confusion", "mistakes": "show mistakes", "filters": "show filters",
    "quick": "train quick", "mnist": "train --dataset mnist", "fashion-mnist": "train --dataset fashion-mnist",
}  # fmt: skip

ARGUMENTS = {
    "train": "one recipe", "sweep": "one recipe", "resume": "one run folder", "report": "one run folder",
    "evaluate": "one model", "summary": "one recipe or model", "gradcheck": "one recipe or model",
    "recipes": "one recipe", "lesson": "one number", "explain": "one layer", "data import": "one path",
    "data get": "one name", "data verify": "one name", "data remove": "one name", "show data": "options only",
    "exercise": "one exercise", "check": "one file", "import": "one file",
}  # fmt: skip
WITH_DATASET = ("train", "sweep", "resume", "report", "evaluate", "lesson", "show data")  # take --dataset
