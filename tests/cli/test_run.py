"""``steepest run``: what it prints, what it writes, what it refuses."""

import csv
import io
import json
import re

import numpy as np
import pytest

import steepest as package

gallery = package.gallery


def timeless(text):
    """The text with durations replaced, which differ from run to run."""
    return re.sub(r"[0-9.e+-]+ (ms|s)(?=[:;,])", "TIME", text)


# -- the terminal ----------------------------------------------------------------------------------------------------


def test_a_run_that_converges(steepest):
    result = steepest("run", "rosenbrock")
    assert (result.exit_code, result.stderr) == (0, "")
    assert timeless(result.stdout).splitlines() == [
        "rosenbrock, 2 variables, start (-1.2, 1), gradient: exact",
        "momentum   learning_rate 0.0006638 (auto: 1 / curvature 1506 at the start)   momentum 0.9",
        "",
        "CONVERGED after 4,613 iterations, TIME: largest gradient component 9.997e-07 <= grad_tol 1e-06",
        "  f  24.2 -> 1.563e-12            known minimum 0",
        "  w  (0.99999875, 0.9999975)      2.8e-06 from the known minimum (1, 1)",
    ]


def test_a_run_that_diverges_says_why_and_what_to_try(steepest):
    result = steepest("run", "rosenbrock", "--lr", "0.005")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "rosenbrock, 2 variables, start (-1.2, 1), gradient: exact",
        "momentum   learning_rate 0.005   momentum 0.9",
        "",
        "DIVERGED at iteration 5: f = 3.794e+09, 157 million times its start, and rising",
        "  why   learning_rate 0.005 is above 0.00252, the local stability limit at the start: "
        "2 (1 + momentum) / curvature = 3.8 / 1506",
        "  try   --lr 0.00066",
        "  best  f = 2.46 at iteration 2, w = (0.5117, 0.4109)",
    ]


def test_what_it_says_to_try_works(steepest):
    tried = steepest("run", "rosenbrock", "--lr", "0.005").stdout.split("try ")[1].split("\n")[0].split()
    assert "CONVERGED" in steepest("run", "rosenbrock", *tried).stdout


def test_a_run_that_is_cut_off_says_how_it_stands(steepest):
    lines = timeless(steepest("run", "rosenbrock", "--max-iter", "500").stdout).splitlines()
    assert lines[3] == (
        "MAX_ITER after TIME: stopped at max_iter 500: f 0.01172, fell 28 % in the last 50; "
        "largest gradient component 0.092"
    )


def test_an_unbounded_function(steepest):
    lines = steepest("run", "saddle").stdout.splitlines()
    assert re.fullmatch(
        r"UNBOUNDED after \d+ iterations: f falls without bound \(.* by now\) while w grows; did you mean maximize\?",
        lines[3],
    )
    assert lines[4].startswith("  f  2.25 -> -")


def test_several_starts_are_followed_by_the_others(steepest):
    lines = steepest("run", "rastrigin", "--starts", "4", "--seed", "1").stdout.splitlines()
    run = package.minimize(gallery.rastrigin(), starts=4, seed=1)
    assert "the best of 4 starts (seed 1): (" in lines[0]
    at = lines.index("the other starts")
    assert lines[at + 1].split() == ["start", "f", "outcome"]
    shown = [float(re.split(r"\s{2,}", line.strip())[1]) for line in lines[at + 2 :]]
    assert shown == pytest.approx(sorted(other.f for other in run.others), rel=1e-3)
    assert run.f <= min(shown)


def test_many_starts_are_counted_beyond_twenty(steepest):
    lines = steepest("run", "sphere", "--starts", "24", "--max-iter", "1").stdout.splitlines()
    assert lines[-1] == "  ... and 3 more; --format json lists them all"
    assert len(lines) - lines.index("the other starts") == 23


def test_flags_reach_minimize(steepest):
    given = {
        "method": "nesterov", "learning_rate": 0.0003, "momentum": 0.7, "max_iter": 17, "f_tol": 1e-30, "f_rtol": 1e-31,
        "x_tol": 1e-32, "grad_tol": 1e-20, "f_target": -1.0, "patience": 3, "time_limit": 60.0, "max_evals": 5000,
        "seed": 9, "record": 2, "engine": "python",
    }  # fmt: skip
    words = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    summary = json.loads(steepest("run", "rosenbrock", "--n", "3", "--format", "json", *words).stdout)
    run = package.minimize(gallery.rosenbrock(n=3), **given)
    theirs = json.loads(run.to_json())
    for each in (summary, theirs):
        each.pop("seconds")
        each["message"] = timeless(each["message"])
    assert summary == theirs


def test_none_and_auto_and_switches(steepest):
    words = ["--grad-tol", "none", "--lr", "auto", "--rate-outside", "--maximize", "--max-iter", "2", "--no-progress"]
    recipe = json.loads(steepest("run", "sphere", "--format", "json", *words).stdout)["recipe"]
    assert recipe["grad_tol"] is None
    assert recipe["learning_rate_reason"].startswith("auto")
    assert recipe["method"]["rate_outside"] is True
    assert recipe["maximize"] is True


def test_bounds_for_all_variables_and_for_each(steepest):
    one = json.loads(steepest("run", "sphere", "--bounds", "1,2", "--starts", "5", "--format", "json").stdout)
    each = json.loads(steepest("run", "sphere", "--bounds=-2,-1;(3,4)", "--starts", "5", "--format", "json").stdout)
    assert all(1 <= w <= 2 for other in one["others"] for w in other["w0"])
    assert all(-2 <= o["w0"][0] <= -1 and 3 <= o["w0"][1] <= 4 for o in each["others"])


@pytest.mark.parametrize("text", ["-1.2,1", "(-1.2, 1)", "[-1.2,1]"])
def test_a_start_may_be_written_as_it_is_printed(steepest, text):
    assert ", start (-1.2, 1)," in steepest("run", "rosenbrock", "--w0", text, "--max-iter", "1").stdout


def test_names_may_be_written_with_dashes_and_capitals(steepest):
    result = steepest("run", "Styblinski-Tang", "--method", "Gradient-Descent", "--max-iter", "1")
    assert result.stdout.startswith("styblinski_tang, ")
    assert "\ngradient_descent   learning_rate" in result.stdout


# -- formats ---------------------------------------------------------------------------------------------------------


def test_csv_is_the_path_bit_for_bit(steepest):
    result = steepest("run", "rosenbrock", "--max-iter", "40", "--format", "csv")
    rows = list(csv.reader(io.StringIO(result.stdout)))
    run = package.minimize(gallery.rosenbrock(), max_iter=40)
    table = run.table()
    assert rows[0] == list(table)
    columns = dict(zip(rows[0], np.array(rows[1:], dtype=float).T, strict=True))
    for name in ("iteration", "w0", "w1", "f", "grad_norm", "learning_rate", "n_grad"):
        np.testing.assert_array_equal(columns[name], table[name])
    assert result.stderr.startswith("MAX_ITER ")


def test_csv_of_more_rows_than_are_written_at_a_time(steepest, monkeypatch):
    monkeypatch.setattr("steepest.cli.commands.run.CSV_ROWS", 7)
    lines = steepest("run", "sphere", "--lr", "0.001", "--max-iter", "20", "--format", "csv").stdout.splitlines()
    assert [line.split(",")[0] for line in lines] == ["iteration", *map(str, range(21))]


def test_json_of_numbers_that_are_not_finite_is_standard(steepest):
    def refuse(name):
        raise AssertionError(name)

    result = steepest("run", "sphere", "--w0", "1e200,1", "--format", "json")
    assert json.loads(result.stdout, parse_constant=refuse)["f"] == "inf"


# -- exit codes and files --------------------------------------------------------------------------------------------


def test_fail_makes_a_run_that_did_not_converge_exit_with_1(steepest):
    assert steepest("run", "rosenbrock", "--max-iter", "3").exit_code == 0
    assert steepest("run", "rosenbrock", "--max-iter", "3", "--fail").exit_code == 1
    assert steepest("run", "sphere", "--fail").exit_code == 0


def test_an_interrupted_run_is_shown_and_saved(steepest, monkeypatch, tmp_path):
    from steepest.engines.session import Session

    monkeypatch.setattr(Session, "at_max_iter", interrupt)
    path = tmp_path / "run.npz"
    result = steepest("run", "rosenbrock", "--max-iter", "9", "--save", str(path))
    assert result.exit_code == 130
    assert "INTERRUPTED after 9 iterations" in result.stdout
    assert package.load(path).outcome is package.Outcome.INTERRUPTED


def interrupt(*args):
    raise KeyboardInterrupt


def test_an_interrupt_among_several_starts(steepest, monkeypatch):
    from steepest.engines.session import Session

    monkeypatch.setattr(Session, "at_max_iter", interrupt)
    result = steepest("run", "rosenbrock", "--starts", "3", "--w0", "1,1", "--max-iter", "9")
    assert "CONVERGED after 0 iterations" in result.stdout
    assert "INTERRUPTED" in result.stdout.split("the other starts")[1]
    assert result.exit_code == 130


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_a_saved_run_loads_with_the_same_bits(steepest, tmp_path, suffix):
    path = tmp_path / f"run{suffix}"
    result = steepest("run", "booth", "--save", str(path))
    assert f"saved {path}" in result.stderr
    loaded, run = package.load(path), package.minimize(gallery.booth())
    np.testing.assert_array_equal(loaded.history.w, run.history.w)
    np.testing.assert_array_equal(loaded.w, run.w)


def test_all_starts_are_saved(steepest, tmp_path):
    path = tmp_path / "run.npz"
    steepest("run", "booth", "--starts", "3", "--save", str(path))
    assert len(package.load(path).others) == 2


@pytest.mark.parametrize(
    ("name", "magic"), [("path.png", b"\x89PNG"), ("path.svg", b"<?xml"), ("path.pdf", b"%PDF"), ("path.gif", b"GIF8")]
)
def test_plot_draws_by_suffix(steepest, tmp_path, name, magic):
    path = tmp_path / name
    result = steepest("run", "booth", "--max-iter", "5", "--plot", str(path))
    assert result.exit_code == 0
    assert f"drew {path}" in result.stderr
    assert path.read_bytes().startswith(magic)


def test_the_run_is_shown_and_saved_even_where_drawing_fails(steepest, monkeypatch, tmp_path):
    def fails(run, path):
        raise package.SteepestError("no picture of this")

    monkeypatch.setattr("steepest.cli.commands.run.draw", fails)
    saved = tmp_path / "run.npz"
    result = steepest("run", "booth", "--plot", str(tmp_path / "p.png"), "--save", str(saved))
    assert result.exit_code == 2
    assert "CONVERGED" in result.stdout
    assert "error: no picture of this" in result.stderr
    assert package.load(saved).success


# -- what is refused, before anything runs ---------------------------------------------------------------------------


@pytest.fixture
def no_run(monkeypatch):
    def fails(*args, **kwargs):
        raise AssertionError("a run was started")

    monkeypatch.setattr("steepest.verbs.minimizing.minimize", fails)


@pytest.mark.usefixtures("no_run")
def test_files_that_cannot_be_written_are_refused_before_the_run(refusal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.npz").mkdir()
    run = ("run", "sphere")
    missing = refusal(*run, "--save", "missing/run.npz")
    assert missing == "--save 'missing/run.npz': the folder 'missing' does not exist; make it first"
    assert refusal(*run, "--save", "run.txt") == "--save must end in .npz or .parquet; got 'run.txt'"
    assert refusal(*run, "--plot", "p.bmp") == "--plot must end in .png, .svg, .pdf or .gif; got 'p.bmp'"
    assert refusal(*run, "--save", "folder.npz") == "--save 'folder.npz' is a folder; name a file in it"
    assert "cannot be written: " in refusal(*run, "--plot", f"{'p' * 300}.png")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.npz"]


@pytest.mark.usefixtures("no_run")
def test_outputs_that_the_run_could_not_fill_are_refused_before_it(refusal, tmp_path):
    assert "--record" in refusal("run", "sphere", "--plot", str(tmp_path / "p.png"), "--record", "none")
    assert "--record" in refusal("run", "sphere", "--plot", str(tmp_path / "p.png"), "--record", "f,seconds")
    assert ".npz" in refusal("run", "sphere", "--save", str(tmp_path / "r.parquet"), "--starts", "2")


@pytest.mark.usefixtures("no_run")
def test_a_missing_extra_is_named_before_the_run(refusal, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert 'pip install "steepest[frames]"' in refusal("run", "sphere", "--save", str(tmp_path / "r.parquet"))


def test_a_failed_check_leaves_an_old_file_as_it_was(refusal, tmp_path):
    old = tmp_path / "run.npz"
    old.write_bytes(b"old")
    refusal("run", "sphere", "--save", str(old), "--lr", "-1")
    assert old.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["rosenbrok"], "'rosenbrok' is no gallery function; did you mean 'rosenbrock'?"),
        (["qqq"], "'qqq' is no gallery function; the gallery has ackley, beale, "),
        (
            ["(1-x)^2 + y^2"],
            "--w0 is missing: a formula has no start of its own; write --w0 with 2 numbers, for x and y",
        ),
        (["sphere", "--method", "adm"], "method 'adm' is not known; did you mean 'adam'?"),
        (
            ["sphere", "--method", "adam", "--momentum", "0.5"],
            "method 'adam' has no --momentum; its flags are --learning-rate, --beta1, --beta2, "
            "--epsilon and --epsilon-root",
        ),
        (["sphere", "--method", "nesterov", "--rate-outside"], "method 'nesterov' has no --rate-outside; "),
        (["sphere", "--lr", "-1"], "learning_rate of momentum must be a finite number of at least 0; got -1"),
        (["sphere", "--lr", "nan"], "learning_rate of momentum must be a finite number of at least 0; got nan"),
        (["sphere", "--lr", "fast"], "--learning-rate must be a number or auto; got 'fast'"),
        (["sphere", "--momentum", "1"], "momentum must be a number in [0, 1); got 1"),
        (["sphere", "--max-iter", "many"], "--max-iter must be a number; got 'many'"),
        (["sphere", "--max-iter", "-1"], "max_iter must be a whole number of at least 0; got -1"),
        (["sphere", "--max-iter", "2.5"], "max_iter must be a whole number of at least 0; got 2.5"),
        (["sphere", "--grad-tol", "x"], "--grad-tol must be a number or none; got 'x'"),
        (["sphere", "--w0", "1,b"], "--w0 must be numbers parted by commas, such as -1.2,1; got '1,b'"),
        (["sphere", "--w0", ""], "--w0 must be numbers parted by commas, such as -1.2,1; got ''"),
        (["sphere", "--w0", "1,2,3"], "w0 must have 2 entries, one for each variable of the problem; it has 3"),
        (["sphere", "--w0", "1,nan"], "w0 must be finite; w0[1] is nan"),
        (["sphere", "--bounds", "1,2,3"], "--bounds must be low,high or low,high;low,high;...; got '1,2,3'"),
        (["sphere", "--bounds", "2,1", "--starts", "2"], "Box needs lower <= upper everywhere; got lower=2.0, "),
        (["sphere", "--w0", "3,1.5", "--bounds", "1,2"], "w0 must lie within bounds; w0[0] is 3, outside [1, 2]"),
        (["sphere", "--n", "2.5"], "n of sphere must be a whole number; got 2.5"),
        (["himmelblau", "--n", "3"], "n of himmelblau must be 2; got 3"),
        (["sphere", "--record", "updates"], "--record updates shows the single updates of an epoch, "),
        (["sphere", "--record", "q"], "record has no field 'q'; "),
        (["sphere", "--engine", "quadratic"], "--engine 'quadratic' cannot run this: it is for linear models"),
        (["sphere", "--seed", "-1"], "seed must be a whole number of at least 0; got -1"),
    ],
)
def test_bad_input_is_one_sentence(refusal, words, sentence):
    assert refusal("run", *words).startswith(sentence)


def test_python_spellings_are_turned_into_flags(refusal):
    assert refusal("run", "sphere", "--engine", "numba").endswith("; use --engine 'auto'")


def test_a_name_close_to_one_of_ours(refusal):
    assert "did you mean 'rosenbrock'" in refusal("run", "rosenbrocks")
