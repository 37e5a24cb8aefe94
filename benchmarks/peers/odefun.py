"""W1 and W2 of benchmarks/problems.cpp by mpmath's odefun: odefun.py DIGITS END WHICH."""
import sys

from mpmath import exp, mp, mpf, odefun

digits, end, which = int(sys.argv[1]), sys.argv[2].split("/"), sys.argv[3]
mp.dps = digits + 5
X1 = [[1, 2, -1, 0, 1, 1, -2, 1], [0, 1, 1, 2, -1, 1, 0, 1], [1, 0, 1, -1, 1, 0, 2, 1]]
Y1 = [1, 2, -1]
X2 = [[2, 1, 0, 1], [1, 2, 1, 0], [1, 0, 2, 1], [0, 1, 1, 2], [2, -1, 1, 1], [1, 1, -1, 2]]
R = range(4)


def regression(_, y):
    u, v = y[:8], y[8:]
    r = [sum(a * p * q for a, p, q in zip(x, u, v)) - b for x, b in zip(X1, Y1)]
    g = [sum(X1[i][j] * r[i] for i in range(3)) for j in range(8)]
    return [-a * b for a, b in zip(g, v)] + [-a * b for a, b in zip(g, u)]


def network(_, y):
    a, b, c = [y[4 * i:4 * i + 4] for i in R], [y[16 + 4 * i:20 + 4 * i] for i in R], y[32:]
    cb = [sum(c[i] * b[i][j] for i in R) for j in R]
    beta = [sum(cb[i] * a[i][j] for i in R) for j in R]
    e = [exp(-sum(p * q for p, q in zip(beta, x))) for x in X2]
    g = [sum(w * x[j] for w, x in zip(e, X2)) for j in R]
    h = [sum(a[i][j] * g[j] for j in R) for i in R]
    return [cb[i] * g[j] for i in R for j in R] + [c[i] * h[j] for i in R for j in R] + [sum(b[i][j] * h[j] for j in R) for i in R]


tenth = mpf(1) / 10
if which == "1":
    field, start = regression, [tenth] * 8 + [tenth / 2] * 8
else:
    first = [((5 if i == j else 0) + (3 * i + 5 * j) % 7 - 3) * tenth for i in R for j in R]
    second = [((5 if i == j else 0) + (2 * i + 3 * j + 1) % 7 - 3) * tenth for i in R for j in R]
    field, start = network, first + second + [3 * tenth, -tenth, 2 * tenth, 4 * tenth]
print(odefun(field, 0, start, tol=mpf(10) ** -digits)(mpf(end[0]) / mpf(end[1] if len(end) > 1 else 1))[0])
