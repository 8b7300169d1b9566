"""The 53 benchmark problems of More and Wild: which function, n, m, and the power of ten that multiplies the start."""

__all__ = ["TABLE"]

FUNCTIONS = (
    ("linear_full_rank", ((9, 45, 0), (9, 45, 1))),
    ("linear_rank_one", ((7, 35, 0), (7, 35, 1))),
    ("linear_rank_one_zeros", ((7, 35, 0), (7, 35, 1))),
    ("rosenbrock", ((2, 2, 0), (2, 2, 1))),
    ("helical_valley", ((3, 3, 0), (3, 3, 1))),
    ("powell_singular", ((4, 4, 0), (4, 4, 1))),
    ("freudenstein_roth", ((2, 2, 0), (2, 2, 1))),
    ("bard", ((3, 15, 0), (3, 15, 1))),
    ("kowalik_osborne", ((4, 11, 0),)),
    ("meyer", ((3, 16, 0),)),
    ("watson", ((6, 31, 0), (6, 31, 1), (9, 31, 0), (9, 31, 1), (12, 31, 0), (12, 31, 1))),
    ("box_3d", ((3, 10, 0),)),
    ("jennrich_sampson", ((2, 10, 0),)),
    ("brown_dennis", ((4, 20, 0), (4, 20, 1))),
    ("chebyquad", ((6, 6, 0), (7, 7, 0), (8, 8, 0), (9, 9, 0), (10, 10, 0), (11, 11, 0))),
    ("brown_almost_linear", ((10, 10, 0),)),
    ("osborne_1", ((5, 33, 0),)),
    ("osborne_2", ((11, 65, 0), (11, 65, 1))),
    ("bdqrtic", ((8, 8, 0), (10, 12, 0), (11, 14, 0), (12, 16, 0))),
    ("cube", ((5, 5, 0), (6, 6, 0), (8, 8, 0))),
    ("mancino", ((5, 5, 0), (5, 5, 1), (8, 8, 0), (10, 10, 0), (12, 12, 0), (12, 12, 1))),
    ("heart8ls", ((8, 8, 0), (8, 8, 1))),
)
"""The paper's functions in its order, each with its (n, m, power of ten)."""

TABLE = tuple((name, *row) for name, rows in FUNCTIONS for row in rows)
