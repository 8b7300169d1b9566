"""The flags of ``train``: where the data come from, and the parameters of the estimators under their own names.

They are a table, since the estimators cannot be imported without scikit-learn; a test holds it to their signatures.
"""

from typing import Any

import click

from .. import methods
from ..base.text import listing
from ..problems import losses
from .minimize_flags import METHOD, OUTPUT, STOPPING, flag_of, method_flags
from .options import NONE, Flag, Number, Vector, format_flag

__all__ = ["LOSS_FIELDS", "PYTHON_ONLY", "data_flags", "training_flags"]

DATA, MODEL = "Data", "Model"
PYTHON_ONLY = {
    "random_state": "use --seed",
    "warm_start": "each call trains a new model",
    "verbose": "use --progress",
}
"""Parameters of the estimators that are no flags, and why."""
LOSS_FIELDS = ("epsilon", "quantile")
"""Parameters of the regressor that belong to some of its losses."""
WITHOUT = ("multinomial_log_loss",)
"""Losses that are not asked for by name: log_loss is this one for three or more classes."""


def choices(*words: str) -> click.Choice[Any]:
    return click.Choice(words, case_sensitive=False)


def data_flags() -> list[click.Option]:
    """What the data are and how they are prepared, in the order of the help."""
    return [
        Flag(["--target"], section=DATA, metavar="NAME",
             help="the column to learn, by name or by number from 1 (default: the column called target, label, class "
                  "or y, else the last; in .npz the array y)"),
        Flag(["--task"], section=DATA, type=choices("auto", "classification", "regression"), default="auto",
             help="what to learn it as (default auto: words and at most 20 different whole numbers are classes)"),
        Flag(["--classes"], section=DATA, type=Vector(), help="of the digits: which to tell apart, such as 0,1"),
        Flag(["--drop"], section=DATA, multiple=True, metavar="NAME",
             help="leave this column out; may be given several times"),
        Flag(["--impute"], section=DATA, type=choices("mean", "median", "most_frequent"),
             help="what stands for a missing value (default: missing values are refused, by row and column)"),
        Flag(["--standardize"], section=DATA, is_flag=True, help="scale each numeric column to mean 0 and spread 1"),
        Flag(["--test"], section=DATA, type=Number(), default=0.25, metavar="SHARE",
             help="of the rows, held out to test on (default 0.25; 0 for none)"),
        Flag(["--seed"], section=DATA, type=Number(), default=0, metavar="WHOLE",
             help="of the rows held out and of the order in mini-batches (default 0)"),
    ]  # fmt: skip


def training_flags() -> list[click.Option]:
    """All but DATA: also the methods' own fields, without those of the losses' names, which are one flag for both."""
    plain, whole = Number(), {"metavar": "COUNT"}
    named = [name for name in losses.names() if name not in WITHOUT]
    own = [flag for flag in method_flags() if flag.name not in LOSS_FIELDS]
    return [
        *data_flags(),
        Flag(["--loss"], section=MODEL, metavar="NAME",
             help=f"default log_loss for classes, squared_error for values: {listing(named, 'or')}"),
        Flag(["--epsilon"], section=MODEL, type=plain,
             help="of huber, epsilon_insensitive and squared_epsilon_insensitive, in units of the target (default "
                  "0.1); with another loss that of the method, such as adam (default 1e-08)"),
        Flag(["--quantile"], section=MODEL, type=plain, help="of the loss quantile (default 0.5)"),
        Flag(["--penalty"], section=MODEL, type=choices("l2", "l1", "elasticnet", "none"),
             help="on the coefficients (default l2)"),
        Flag(["--alpha"], section=MODEL, type=plain, help="the weight of the penalty (default 0.0001)"),
        Flag(["--l1-ratio"], section=MODEL, type=plain, help="the share of l1 in elasticnet (default 0.15)"),
        Flag(["--fit-intercept/--no-fit-intercept"], section=MODEL, default=None, help="(default on)"),
        Flag(["--class-weight"], section=MODEL, type=choices("balanced"), help="let all classes weigh the same"),
        Flag(["--multi-class"], section=MODEL, type=choices("auto", "one_vs_rest"),
             help="three or more classes: softmax with log_loss (default auto), or each against the rest"),
        Flag(["--method"], section=METHOD, metavar="NAME",
             help="the update rule (default momentum): " + listing(methods.names(), "or")),
        *own,
        Flag(["--batch-size"], section=METHOD, type=Number(auto="auto", none=NONE),
             help="rows an update; none: all of them (default auto: all while that is cheaper)"),
        Flag(["--shuffle/--no-shuffle"], section=METHOD, default=None,
             help="mini-batches in a new order each epoch (default on)"),
        Flag(["--average"], section=METHOD, is_flag=True, default=None, help="average the weights over the rows"),
        Flag(["--max-iter"], section=STOPPING, type=plain, **whole, help="iterations or epochs at most (default 1000)"),
        Flag(["--tol"], section=STOPPING, type=Number(none=NONE),
             help="the change of the objective to stop at, for regression in units of the loss of the best constant "
                  "(default 0.0001)"),
        Flag(["--n-iter-no-change"], section=STOPPING, type=plain, **whole,
             help="rows for which that must hold (default 5)"),
        Flag(["--early-stopping"], section=STOPPING, is_flag=True, default=None,
             help="set rows of the training part aside, and stop once their score no longer rises"),
        Flag(["--validation-fraction"], section=STOPPING, type=plain, metavar="SHARE",
             help="of the training rows, for --early-stopping (default 0.1)"),
        format_flag("the loss, row by row"),
        Flag(["--plot"], section=OUTPUT, metavar="FILE",
             help="draw the loss, the confusion matrix and, of images, the weights: .png, .svg or .pdf"),
        Flag(["--save"], section=OUTPUT, metavar="FILE", help="keep the model, for steepest predict to use: .npz"),
        Flag(["--out", "out_folder"], section=OUTPUT, metavar="DIR",
             help="all of it: model.npz, loss.png, confusion.png, weights.png and summary.json"),
        Flag(["--fail"], section=OUTPUT, is_flag=True, help="exit with 1 where training did not converge"),
        Flag(["--progress/--no-progress"], section=OUTPUT, default=None,
             help="a progress bar on standard error (default: in a terminal, after 1 s)"),
    ]  # fmt: skip


ALIASES = {
    "lr_rate": "learning_rate", "eta": "learning_rate", "eta0": "learning_rate", "step_size": "learning_rate",
    "epochs": "max_iter", "max_epochs": "max_iter", "maxiter": "max_iter", "n_iter": "max_iter",
    "iterations": "max_iter", "batch": "batch_size", "optimizer": "method", "test_size": "test", "label": "target",
    "standardise": "standardize", "scale": "standardize", "random_state": "seed", "patience": "n_iter_no_change",
    "f_tol": "tol", "regularization": "penalty", "c": "alpha", "lambda": "alpha", "verbose": "progress",
}  # fmt: skip
"""Other libraries' names, and ours."""


def no_such(error: click.NoSuchOption, command: str, names: list[str]) -> str:
    """What to write in place of a flag that is none."""
    name = error.option_name.lstrip("-").replace("-", "_")
    meant = ALIASES.get(name, name)
    if meant in PYTHON_ONLY:
        return f"{error.option_name} is no flag of {command}: {PYTHON_ONLY[meant]}"
    if meant != name and meant in names:
        return f"{error.option_name} is no flag of {command}; did you mean {flag_of(meant)}?"
    close = listing(sorted(error.possibilities or [])[:3])
    return f"{error.option_name} is no flag of {command}" + (f"; did you mean {close}?" if close else "")
