"""The dataset of the fixture `small_project`, for which stages 3 to 5 are computed by hand.

Benchmark b1: the best runs are A 0.8 for 10 USD (with S2), B 0.4 for 2 USD (the cheaper of two
equal ones) and C 0.6 for 10 USD. Scaled, these are A (1, 1), B (0, 0) and C (1, 1/2). The frontier
is BA; the distance of C to it is 1/2 * 1/sqrt(2).
Benchmark b2: A 0.5 for 4 USD, B 0.5 for 8 USD, C without a cost. Scaled, these are A (0, 0) and
B (1, 0); the frontier is the point A.
"""

RUNS = [
    ("b1", "S1", "A", 0.2, 6.0, 10.0),
    ("b1", "S1", "B", 0.4, 3.0, 30.0),
    ("b1", "S1", "C", 0.4, 1.0, 20.0),
    ("b1", "S2", "A", 0.8, 10.0, 40.0),
    ("b1", "S2", "B", 0.4, 2.0, 50.0),
    ("b1", "S2", "C", 0.6, 10.0, 30.0),
    ("b2", "S1", "A", 0.5, 4.0, 7.0),
    ("b2", "S1", "B", 0.5, 8.0, 5.0),
    ("b2", "S1", "C", 0.7, None, 9.0),
    ("b3", "S1", "C", 0.7, 2.0, None),
]


def select_rows(frame, *columns):
    """Return the rows of some columns as tuples."""
    return list(frame[list(columns)].itertuples(index=False, name=None))
