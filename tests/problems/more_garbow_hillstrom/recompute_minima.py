"""Works the tabled minima out anew, in 70 digits: Newton's method on f, its slopes and curvatures by differences of the
residuals so fine that only the digits of the data count. Prints what differs; no test, it needs ``pip install mpmath``.
"""

import mpmath
import numpy as np

import steepest

mpmath.mp.dps = 70
Number = type(mpmath.mpf(1))
for function in ("exp", "log", "sqrt", "sin", "cos"):  # NumPy calls these methods on arrays of objects
    setattr(Number, function, (lambda f: lambda self: f(self))(getattr(mpmath, function)))

TABLED = [
    *((name, None) for name in ["bard", "gaussian", "meyer", "kowalik_osborne", "jennrich_sampson", "brown_dennis"]),
    *((name, None) for name in ["osborne_1", "osborne_2", "freudenstein_roth", "powell_badly_scaled"]),
    *(("watson", n) for n in (6, 9, 12)),
    *(("penalty_2", n) for n in (4, 10)),
    *(("bdqrtic", n) for n in (8, 10, 11, 12)),
    *(("chebyquad", n) for n in range(1, 12)),
]


def differences(function, w, size):
    """The slope of ``function`` along each variable, one a row."""
    rows = []
    for j in range(len(w)):
        h = mpmath.mpf(10) ** -size * (abs(w[j]) + mpmath.mpf(10) ** -3)
        up, down = w.copy(), w.copy()
        up[j] += h
        down[j] -= h
        rows.append((function(up) - function(down)) / (2 * h))
    return np.array(rows)


def gradient(problem, w):
    return 2 * differences(problem.residuals, w, 30) @ problem.residuals(w)


def refined(problem, start):
    w = np.array([mpmath.mpf(float(x)) for x in start])
    for _ in range(20):
        g = gradient(problem, w)
        hessian = differences(lambda at: gradient(problem, at), w, 18)
        step = mpmath.lu_solve(mpmath.matrix(hessian.tolist()), mpmath.matrix((-g).tolist()))
        w = w + np.array(list(step))
        if max(abs(s) for s in step) < mpmath.mpf(10) ** -25:
            break
    r = problem.residuals(w)
    return (r * r).sum(), w


def main():
    for name, n in TABLED:
        problem = steepest.gallery.mgh(name, n)
        for known in (problem.minimum, *problem.local_minima):
            if name == "freudenstein_roth" and known.f == 0:
                continue
            f, w = refined(problem, known.w[0])
            off_f = abs(float(f) - known.f) / max(known.f, 1e-30)
            off_w = max(abs(float(x) - y) / max(abs(y), 1e-3) for x, y in zip(w, known.w[0], strict=True))
            print(f"{name} {problem.n}: f = {mpmath.nstr(f, 20)}, off by {off_f:.1e}; w off by {off_w:.1e}", flush=True)


if __name__ == "__main__":
    main()
