"""Recomputes the bands of the figures, from what their CSV files say was drawn.

A band is the mean of the log odds of accuracies (or of their differences from a reference's) with limits mean - c sd/sqrt(n) and
mean + c' sd/sqrt(n), taken back to accuracies: one c and one c' for all points of a curve. That the limits of a curve share them is
exact. What they are was simulated; here it is simulated again, in other draws, and has to agree within the error of both simulations."""
import csv
import functools
import hashlib
import math
import os
import random

import inference
from trials import PRUNED, RETRAINED

DRAWS, NOISE = 4000, 512
FEW = 5  # below so many seeds eight times as much is drawn
WITHIN = 0.15  # of a constant: more than three standard errors of so many draws against 9,999, of five seeds, whose t have long tails
WITHIN_TWO_SIDED = 0.06  # likewise, of differences: normal seeds
HOLDS = "simultaneous max-t, log odds"


def more(seeds):
    return 8 if seeds < FEW else 1


def within(seeds):
    """What two simulations of a band's constant may differ by. Experiments share 1,024 rows of noise, whose mean is off by some 1/32 of
    their deviation; with very few seeds, where t is large because a deviation is small, that moves c and c' in opposite directions."""
    return 0.25 if seeds < FEW else WITHIN


def within_two_sided(seeds):
    """Likewise of differences: P(|t| > q) falls as q^-(n-1), so that an error of P by a part e is one of q by e/(n-1); four of them."""
    return max(WITHIN_TWO_SIDED, 4 * math.sqrt(1 / (0.05 * DRAWS * more(seeds)) + 1 / (0.05 * 9999)) / (seeds - 1))


def logit(accuracy, images):
    return math.log((accuracy * images + 0.5) / ((1 - accuracy) * images + 0.5))


def back(y, images):
    """The inverse of logit, cut at 0 and 1."""
    return min(max(((images + 1) * inference.logistic(y) - 0.5) / images, 0), 1)


def residuals(columns):
    """The columns that vary, less their means and of length 1."""
    out = []
    for x in columns:
        mean, sd = inference.spread(x)
        if sd > 0:
            out.append([(v - mean) / (sd * math.sqrt(len(x) - 1)) for v in x])
    return out


def quantile(ordered, p):
    h = p * (len(ordered) - 1)
    i = min(int(h), len(ordered) - 2)
    return ordered[i] + (h - i) * (ordered[i + 1] - ordered[i])


def generator(columns):
    """Draws that a change of the data changes, and nothing else."""
    return random.Random(hashlib.sha256(repr(columns).encode()).digest())


def equal_tailed(columns, level=0.95):
    """c and c' of a band: quantiles of the largest t and of the largest -t of experiments that draw seeds with replacement and add
    normal noise of half the deviation and the same correlation (smoothed bootstrap); none below Student's."""
    n, z = len(columns[0]), residuals(columns)
    student = inference.t_quantile((1 + level) / 2, n - 1)
    if len(z) < 2:
        return student, student
    draw = generator(columns)
    seeds = list(zip(*z))  # seeds x points
    noise = []
    for _ in range(NOISE * more(n)):
        w = [0.5 / math.sqrt(n) * draw.gauss(0, 1) for _ in seeds]
        noise.append([sum(a * v for a, v in zip(w, column)) for column in z])
    largest, smallest = [], []
    for _ in range(DRAWS * more(n)):
        drawn = [[a + b for a, b in zip(draw.choice(seeds), draw.choice(noise))] for _ in range(n)]
        t = []
        for x in zip(*drawn):
            total = sum(x)
            variance = (sum(v * v for v in x) - total * total / n) / (n - 1)  # 0 where few seeds are all drawn alike
            t.append(total / math.sqrt(n) / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, total))
        largest.append(max(t))
        smallest.append(-min(t))
    return tuple(max(student, quantile(sorted(x), (1 + level) / 2)) for x in (largest, smallest))


def two_sided(columns, level=0.95):
    """c of differences: the quantile of the largest |t| of experiments of normal seeds with the correlation of the columns; between
    Student's and Bonferroni's."""
    n, z = len(columns[0]), residuals(columns)
    student = inference.t_quantile((1 + level) / 2, n - 1)
    if len(z) < 2:
        return student
    draw, largest = generator(columns), []
    for _ in range(DRAWS * more(n)):
        most = 0
        g = [[draw.gauss(0, 1) for _ in range(n)] for _ in range(n)]
        for row in z:
            x = [sum(a * b for a, b in zip(row, line)) for line in g]
            total = sum(x)
            most = max(most, abs(total) / math.sqrt(n) / math.sqrt((sum(v * v for v in x) - total * total / n) / (n - 1)))
        largest.append(most)
    return min(max(student, quantile(sorted(largest), level)), inference.t_quantile(1 - (1 - level) / 2 / len(z), n - 1))


@functools.cache
def band(series, stage, change):
    """{amount: (mean, standard error, mean log odds of the references, images)} on the log odds, and c and c' over all amounts; None
    where seeds are not the same at all of them."""
    points = {}
    for amount, seeds in series.points(stage).items():
        if change:
            seeds = {k: v for k, v in seeds.items() if v.reference and v.sparsity > 0}
        if seeds:
            points[amount] = seeds
    if len({tuple(p) for p in points.values()}) != 1 or len(next(iter(points.values()))) < 2:
        return None
    columns, found = [], {}
    for amount, seeds in points.items():
        images = next(iter(seeds.values())).score.n
        bases = [logit(v.score.accuracy + v.loss, images) if change else 0 for v in seeds.values()]
        x = [(b - y if change else y) for b, y in zip(bases, (logit(v.score.accuracy, images) for v in seeds.values()))]
        mean, sd = inference.spread(x)
        columns.append(x)
        found[amount] = mean, sd / math.sqrt(len(x)), sum(bases) / len(bases), images
    return found, equal_tailed(columns)


def drawn(point, c, change):
    """A point's value and limits as figures draw them: accuracies, or changes of accuracy with losses downward."""
    mean, error, base, images = point
    below, above = c
    if not change:
        return [back(y, images) for y in (mean, mean - below * error, mean + above * error)]
    return [back(base - x, images) - back(base, images) for x in (mean, mean + above * error, mean - below * error)]


def constants(point, lo, hi, change):
    """c and c' of a point's printed limits; None of a limit that is cut, or of a point that does not vary."""
    mean, error, base, images = point
    if change:
        lo, hi = back(base, images) + lo, back(base, images) + hi
    if error < 1e-6 or not 1e-9 < lo < hi < 1 - 1e-9:
        return None
    x = [logit(v, images) for v in (lo, hi)]
    return ((x[1] - base + mean) / error, (base - x[0] - mean) / error) if change else ((mean - x[0]) / error, (x[1] - mean) / error)


def figure(c, path):
    """Compares the rows of a figure's CSV that have a band."""
    with open(path, encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r.get("interval") == HOLDS]
    file, shared = os.path.relpath(path, c.study.folder), {}
    for row in rows:
        head = next(h for h in row if h in ("accuracy", "accuracy_change"))
        change, stage = head == "accuracy_change", PRUNED if row["stage"] == "pruned" else RETRAINED
        value, lo, hi = (float(row[k]) for k in (head, "lo", "hi"))
        where = f"{row['panel']}, {row['arm']}, {row['target']}, {row['method']}, {row['stage']}, {row['requested']}"
        found = [(s, b[0][a], b[1]) for s in c.study.series if (s.arm, s.target, s.method) == (row["arm"], row["target"], row["method"])
                 for b in [band(s, stage, change)] if b for a in b[0] if s.amount(a).split()[-1] == row["requested"]]
        least = min((abs(drawn(point, own, change)[0] - value) for _, point, own in found), default=0)
        found = [x for x in found if abs(drawn(*x[1:], change)[0] - value) <= least + 1e-9]  # of several parameters; those at 0 are equal
        if not found:
            c.compare(file, where, head, row[head], "no such point with all seeds")
            continue
        off = lambda x: max((abs(a / b - 1) for a, b in zip(constants(x[1], lo, hi, change) or (), x[2])), default=0)
        s, point, own = min(found, key=off)
        c.compare(file, where, head, row[head], drawn(point, own, change)[0])
        printed = constants(point, lo, hi, change)
        if printed is None:
            c.left[file] += 2
            continue
        first = shared.setdefault((s, stage, change), printed)
        c.constants[s, stage, change] = [a / b - 1 for a, b in zip(printed, own)]
        same = all(abs(a / b - 1) < 1e-4 for a, b in zip(printed, first))
        close = all(abs(a / b - 1) < within(len(s.points(stage)[next(iter(s.points(stage)))])) for a, b in zip(printed, own))
        for k, column, sim in zip((1, 2), ("lo", "hi"), drawn(point, own, change)[1:]):
            c.compare(file, where, column, row[column], float(row[column]) if same and close else sim)


def together(c):
    """That the constants of all bands of a study are on the mean neither larger nor smaller than simulated here."""
    off = [v for pair in c.constants.values() for v in pair]
    if off:
        mean = math.fsum(off) / len(off)
        c.compare("figures", "all bands", f"mean part by which {len(off)} constants deviate", 0, 0 if abs(mean) < WITHIN / math.sqrt(len(off)) else mean)
