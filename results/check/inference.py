"""The statistics that published numbers rest on, from their textbook formulas. Standard library only."""
import collections
import functools
import math
import statistics

NORMAL = statistics.NormalDist()


def incomplete_beta(a, b, x):
    """I_x(a, b), by the continued fraction DLMF 8.17.22 in Lentz's form; with 8.17.4 where that converges faster."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    f = d
    for m in range(1, 1000):
        for term in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            c, d = 1 + term / c, 1 / (1 + term * d)
            f *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    log_front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(log_front) * f / a


@functools.lru_cache(None)
def t_quantile(p, df):
    """The t with P(T <= t) = p > 1/2 of Student's t: P(|T| > t) = I_x(df/2, 1/2) at x = df / (df + t^2), by bisection."""
    lo, hi = 0.0, 1.0
    tail = lambda t: incomplete_beta(df / 2, 0.5, df / (df + t * t))
    while tail(hi) > 2 * (1 - p):
        hi *= 2
    for _ in range(200):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if tail(mid) > 2 * (1 - p) else (lo, mid)
    return (lo + hi) / 2


def spread(x):
    """Mean and sample standard deviation (n - 1), summed without rounding."""
    mean = math.fsum(x) / len(x)
    if min(x) == max(x):
        return x[0], 0.0
    return mean, math.sqrt(math.fsum((v - mean) ** 2 for v in x) / (len(x) - 1))


def t_interval(x, level=0.95):
    """mean, lo, hi, n with mean ± t((1 + level)/2, n - 1) s / sqrt(n); one value has no interval, none has nothing."""
    if not x:
        return None, None, None, None
    mean, sd = spread(x)
    if len(x) == 1:
        return mean, None, None, 1
    half = t_quantile((1 + level) / 2, len(x) - 1) * sd / math.sqrt(len(x))
    return mean, mean - half, mean + half, len(x)


def sign_flip(d, one_sided=False):
    """Exact p of Fisher's sign-flip test: the part of the 2^n patterns of signs whose sum is as large as that of d; two-sided, as
    far from 0. Sums that differ by rounding count as equal."""
    if len(d) > 20:
        raise ValueError("2^n patterns are enumerated up to n = 20")
    sums = [0.0]
    for v in d:
        sums = [s + v for s in sums] + [s - v for s in sums]
    bound = math.fsum(d) if one_sided else abs(math.fsum(d))
    bound -= 1e-10 * math.fsum(map(abs, d))
    return sum((s if one_sided else abs(s)) >= bound for s in sums) / len(sums)


def holm(p):
    """Adjusted p (Holm 1979): the i-th smallest of m times m - i + 1, no smaller than the one before it, at most 1."""
    adjusted, largest = [0.0] * len(p), 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        largest = adjusted[i] = max(largest, min(1.0, (len(p) - rank) * p[i]))
    return adjusted


def interpolate(x, y, at):
    """y at a place, linear between points of ascending x, constant beyond them."""
    if at <= x[0]:
        return y[0]
    for i in range(1, len(x)):
        if at <= x[i]:
            return y[i - 1] + (y[i] - y[i - 1]) * (at - x[i - 1]) / (x[i] - x[i - 1]) if x[i] > x[i - 1] else y[i]
    return y[-1]


def area(curve, lo, hi, slack=0.0):
    """Mean of a loss over logit(s) = ln(s / (1 - s)) from lo to hi, by trapezoids between the points (s, loss); None where they do
    not reach from lo to hi, to within slack. s of 0 and 1 have no logit and do not enter."""
    logit = lambda s: math.log(s / (1 - s))
    curve = sorted((s, loss) for s, loss in curve if 0 < s < 1)
    if not curve or curve[0][0] > lo + slack + 1e-12 or curve[-1][0] < hi - slack - 1e-12:
        return None
    x, y = [logit(s) for s, _ in curve], [loss for _, loss in curve]
    a, b = logit(lo), logit(hi)
    nodes = [a] + [v for v in x if a < v < b] + [b]
    heights = [interpolate(x, y, v) for v in nodes]
    return math.fsum((v - u) * (g + h) / 2 for u, v, g, h in zip(nodes, nodes[1:], heights, heights[1:])) / (b - a)


def mcnemar(only_first, only_second):
    """Mid-p of McNemar's test (Fagerland, Lydersen and Laake 2013): 2 P(X <= k) - P(X = k), X binomial(m, 1/2), k the smaller count."""
    m, k = only_first + only_second, min(only_first, only_second)
    point = math.exp(math.lgamma(m + 1) - math.lgamma(k + 1) - math.lgamma(m - k + 1) - m * math.log(2))
    if only_first == only_second:
        return 1 - point / 2 if m else 1.0
    below, term = 0.0, point
    for i in range(k, 0, -1):  # P(i - 1) = P(i) i / (m - i + 1)
        term *= i / (m - i + 1)
        below += term
        if term < 1e-18 * point:
            break
    return 2 * below + point


def tau_b(x, y):
    """Kendall's tau-b (1945): concordant less discordant pairs over the root of the pairs untied in x times those untied in y."""
    sign = lambda v: (v > 0) - (v < 0)
    pairs = [(sign(x[i] - x[j]), sign(y[i] - y[j])) for i in range(len(x)) for j in range(i)]
    return sum(a * b for a, b in pairs) / math.sqrt(sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs))


@functools.lru_cache(None)
def detectable(n, alpha, power=0.8):
    """The mean, in standard deviations, that a two-sided t test of n pairs finds with a power, at the largest alpha that the 2^n
    patterns of signs allow; None where they allow none. Where they allow one on each side all signs have to be the same, which they are
    with probability Phi(mean)^n. P(T' > t) of the noncentral T' = (Z + delta) / S, S^2 ~ chi^2(v) / v, is
    the integral of Phi(delta - t s) over the density of S, by Simpson's rule; delta by bisection."""
    step = 2.0 ** (1 - n)
    if step > alpha:
        return None
    v = n - 1
    t = t_quantile(1 - step * math.floor(alpha / step) / 2, v)
    log_c = math.log(2) + v / 2 * math.log(v / 2) - math.lgamma(v / 2)
    grid = [(6 * i / 2000, (4 if i % 2 else 2) * 6 / 6000) for i in range(1, 2000)]
    density = [(s, w * math.exp(log_c + (v - 1) * math.log(s) - v * s * s / 2)) for s, w in grid]
    lo, hi = 0.0, 50.0
    while hi - lo > 1e-12 * hi:
        mid = (lo + hi) / 2
        found = math.fsum(w * (1 + math.erf((mid - t * s) / math.sqrt(2))) / 2 for s, w in density)
        lo, hi = (mid, hi) if found < power else (lo, mid)
    same = NORMAL.inv_cdf(power ** (1 / n)) if math.floor(alpha / step) == 1 else 0
    return max(hi / math.sqrt(n), same)


def two_way_error(ms_seeds, ms_images, ms_rest, seeds, images):
    """Of the mean of a crossed layout of S seeds and I images: standard error over seeds, standard error over both, its degrees of freedom.
    With the variances between seeds, between images and of the rest, the mean has the variance
        sigma_s^2/S + sigma_i^2/I + sigma_e^2/(S I),   estimated without bias by   (MS_s + MS_i - MS_e) / (S I)
    from the mean squares (Searle, Casella and McCulloch 1992, Variance Components, chapter 4), with Satterthwaite's (1946) degrees of
    freedom. Neither is let below that of seeds alone, MS_s / (S I) with S - 1. Coverage is simulated in selftest.py."""
    both, df = ms_seeds + ms_images - ms_rest, seeds - 1
    if both > ms_seeds:
        parts = (ms_seeds ** 2 / df, ms_images ** 2 / (images - 1), ms_rest ** 2 / (df * (images - 1)))
        df = max(df, both ** 2 / sum(parts))
    return math.sqrt(ms_seeds / (seeds * images)), math.sqrt(max(both, ms_seeds) / (seeds * images)), df


def crossed_loss(pairs, level=0.95):
    """lo, hi of how much networks lose on other images, of at least two (reference, network) with their correct images as bits: seeds x images,
    Satterthwaite's t, drawn on the log odds of the networks' mean accuracy m with (k + 1/2) / (images + 1) for k images. The mean
    square of the rest counts as no larger than that of images."""
    if len(pairs) < 2:
        return None
    seeds, images = len(pairs), pairs[0][0].n
    at, sums, changed = collections.Counter(), [], 0
    for reference, network in pairs:
        for sign, bits in ((1, reference.bits & ~network.bits), (-1, network.bits & ~reference.bits)):
            changed += bits.bit_count()
            while bits:
                at[(bits & -bits).bit_length()] += sign
                bits &= bits - 1
        sums.append(reference.correct - network.correct)
    mean = sum(sums) / (seeds * images)
    of_seeds = math.fsum((s / images - mean) ** 2 for s in sums) * images
    of_images = seeds * (math.fsum((c / seeds - mean) ** 2 for c in at.values()) + (images - len(at)) * mean ** 2)
    a, b = of_seeds / (seeds - 1), of_images / (images - 1)
    e = max(0.0, min((changed - seeds * images * mean ** 2 - of_seeds - of_images) / ((seeds - 1) * (images - 1)), b))
    v = a + b - e
    return crossed_limits(mean, a, b, e, seeds, images, sum(network.correct for _, network in pairs) / (seeds * images), level)


def crossed_accuracy(scores, level=0.95):
    """lo, hi of the accuracy that networks have on other images: one less what they lose against one that is always right."""
    if len(scores) < 2:
        return None
    perfect = scores[0]._replace(bits=(1 << scores[0].n) - 1)
    lo, hi = crossed_loss([(perfect, s) for s in scores], level)
    return 1 - hi, 1 - lo


def crossed_mean(x, m, level=0.95):
    """lo, hi of the mean of x[s][i], what seed s loses at image i on a weighted mean over networks whose mean accuracy is m."""
    seeds, images = len(x), len(x[0])
    mean = math.fsum(map(math.fsum, x)) / (seeds * images)
    rows, columns = [math.fsum(r) / images for r in x], [math.fsum(c) / seeds for c in zip(*x)]
    a = images * math.fsum((r - mean) ** 2 for r in rows) / (seeds - 1)
    b = seeds * math.fsum((c - mean) ** 2 for c in columns) / (images - 1)
    e = math.fsum((v - r - c + mean) ** 2 for line, r in zip(x, rows) for v, c in zip(line, columns)) / ((seeds - 1) * (images - 1))
    return crossed_limits(mean, a, b, min(e, b), seeds, images, m, level)


def wilson(correct, n, level=0.95):
    """lo, hi of an accuracy over images: the score interval of Wilson 1927."""
    z = statistics.NormalDist().inv_cdf((1 + level) / 2)
    p, middle = correct / n, (correct + z * z / 2) / (n + z * z)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def logistic(y):
    """1 / (1 + exp(-y)), also where that overflows: with two seeds t is so wide."""
    return 1 / (1 + math.exp(min(-y, 700)))


def crossed_limits(mean, a, b, e, seeds, images, m, level):
    """lo, hi of a mean loss from the mean squares of seeds, images and the rest, on the log odds of the accuracy m."""
    v = a + b - e
    if v <= 0:
        return mean, mean
    df = v * v / (a * a / (seeds - 1) + b * b / (images - 1) + e * e / ((seeds - 1) * (images - 1)))
    y = math.log((m * images + 0.5) / ((1 - m) * images + 0.5))
    p = logistic(y)
    w = t_quantile((1 + level) / 2, df) * math.sqrt(v / (seeds * images)) / (p * (1 - p))
    back = lambda y: min(max(((images + 1) * logistic(y) - 0.5) / images, 0), 1)
    return min(mean + m - back(y + w), mean), max(mean + m - back(y - w), mean)


def two_way(x):
    """Mean of x[s][i], what seed s has at image i, and two_way_error of its mean squares."""
    seeds, images = len(x), len(x[0])
    rows, columns = [sum(r) for r in x], [sum(c) for c in zip(*x)]
    centre = sum(rows) ** 2 / (seeds * images)
    of_seeds = sum(r * r for r in rows) / images - centre
    of_images = sum(c * c for c in columns) / seeds - centre
    rest = max(0.0, sum(v * v for r in x for v in r) - centre - of_seeds - of_images)
    squares = max(0.0, of_seeds) / (seeds - 1), max(0.0, of_images) / (images - 1), rest / ((seeds - 1) * (images - 1))
    return sum(rows) / (seeds * images), *two_way_error(*squares, seeds, images)
