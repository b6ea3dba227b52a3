"""Recomputes the tables of a study. Each function takes the study, the rows of a CSV file and the table's name and yields
(row number, column, value), the value in the column's unit; the columns "x lo", "x hi" and "x n" belong to x."""
import math

import bands
import inference
from trials import PRUNED, RETRAINED, prunings, worded

MOMENTS = {"before": PRUNED, "after": RETRAINED}


def estimate(row, head, x, scale=100, interval=None):
    """A column of a mean with its t interval and n; None is an empty field."""
    values = interval or inference.t_interval(x)
    for suffix, v in zip(("", " lo", " hi"), values):
        yield row, head + suffix, None if v is None else scale * v
    yield row, head + " n", values[3]


def both(row, head, x, across):
    """The same, with the interval over seeds and images of more than one seed, no narrower than that over seeds; across are its ends."""
    yield from estimate(row, head, x)
    _, lo, hi, _ = inference.t_interval(x)
    ends = (min(lo, across[0]), max(hi, across[1])) if len(x) > 1 else (None, None)
    for suffix, v in zip((" lo, seeds x images", " hi, seeds x images"), ends):
        yield row, head + suffix, v and 100 * v


def over_images(row, head, x, ends=None):
    """The same of one network from a file, whose interval is over images; ends are its ends, None where they are not recomputed here."""
    yield from [(row, head, 100 * x), (row, head + " n", 1)]
    if ends:
        yield from [(row, head + " lo", 100 * ends[0]), (row, head + " hi", 100 * ends[1])]


def span(counts):
    return "–".join(str(v) for v in sorted({min(counts), max(counts)}))


def placed(study, row, way=False):
    """The series that a row is about; columns that a table lacks say nothing. Way: the method's column also names the parameter."""
    method = lambda s: f"{s.method}, by {s.parameter}" if way and s.parameter != "ratio" else s.method
    return study.find(lambda s: all(row.get(k, v) == v for k, v in (("target", s.target), ("arm", s.arm), ("method", method(s)))))


def at_amount(study, row):
    """(series, its requested amount) of the cells of a row that names an amount."""
    return [(s, a) for s in placed(study, row) for a in {c["requested"] for c in s.cells} | {0} if s.amount(a) == row["amount"]]


def by_amount(study, rows, name):
    """accuracy-pruned, accuracy-retrained, loss-pruned, loss-retrained: mean over seeds; a loss is paired by seed with its reference."""
    stage, loss = (PRUNED if "pruned" in name else RETRAINED), name.startswith("loss")
    for i, row in enumerate(rows):
        sparsities, counts = set(), []
        for s, amount in at_amount(study, row):
            head = f"{s.arm} ({'pp' if loss else '%'})"
            samples = s.points(stage).get(amount)
            if head in row and samples is None and any(c["requested"] == amount and (c["arm"], c["target"], c["method"], c["parameter"]) == (s.arm, s.target, s.method, s.parameter) for c in study.plan["cells"]):
                counts.append(0)  # planned, and no seed has a result
            if head not in row or samples is None:
                continue
            x = list(s.losses(stage, amount).values()) if loss else [v.score.accuracy for v in samples.values()]
            counts.append(len(x))
            sparsities.add(f"{100 * math.fsum(v.sparsity for v in samples.values()) / len(samples):.10g}")
            if s.fixed(stage) and samples:
                score, = [v.score for v in samples.values()]
                yield from over_images(i, head, x[0], None if loss else inference.wilson(score.correct, score.n))
                continue
            yield from both(i, head, x, inference.crossed_loss([(v.reference, v.score) for v in samples.values() if v.reference]) if loss and x else
                            inference.crossed_accuracy([v.score for v in samples.values()]))
        yield i, "n", span(counts) if counts else None
        if len(sparsities) == 1:
            yield i, "sparsity (%)", float(*sparsities)
    for s in study.series:  # every point has its row
        for amount in s.points(stage):
            if (amount or not loss) and (any(f"{s.arm} (" in h for h in rows[0])) and not any((s, amount) in at_amount(study, r) for r in rows):
                yield len(rows), f"a row of {s.arm}, {s.target}, {s.method}, {s.amount(amount)}", "there"


def areas(study, rows, name):
    """area: of each series over the range that the column states."""
    for i, row in enumerate(rows):
        s, = placed(study, row, way=True)
        yield i, "weights", s.size
        for n, head in zip(("n", "n 2"), [h for h in row if h.endswith("(pp)")]):
            moment, lo, _, hi, _ = head.replace(",", "").split()
            x = s.areas(MOMENTS[moment], float(lo), float(hi)).values()
            if s.fixed(MOMENTS[moment]):
                yield from [*over_images(i, head, *x), (i, n, 1)]
                continue
            yield from both(i, head, list(x), s.area_across(MOMENTS[moment], float(lo), float(hi)) if len(x) > 1 else None)
            yield i, n, len(x) if s.points(MOMENTS[moment]) else None


def dense(study, rows, name):
    for i, row in enumerate(rows):
        trials = study.dense(row["arm"]).values()
        scores = [t.scores["start"] for t in trials]
        head = next(h for h in row if h.endswith("accuracy (%)") and not h.startswith("training"))
        if study.fixed:
            scores = scores[:1]
        mean, sd = inference.spread([s.accuracy for s in scores])
        yield from over_images(i, head, mean, inference.wilson(scores[0].correct, scores[0].n)) if study.fixed else both(
            i, head, [s.accuracy for s in scores], inference.crossed_accuracy(scores))
        yield i, "n", len(scores)
        yield i, "SD of seeds (pp)", 100 * sd if len(scores) > 1 else None
        yield i, "binomial SE (pp)", 100 * math.sqrt(mean * (1 - mean) / scores[0].n)
        yield i, "cross-entropy (nats)", math.fsum(s.loss for s in scores) / len(scores)
        training = [t.training for t in trials if t.training is not None]
        yield i, "training accuracy (%)", 100 * math.fsum(training) / len(training) if training else None


def dense_equality(study, rows, name):
    """90 % t interval of the paired difference; p the larger one of two one-sided sign-flip tests against ± margin (Schuirmann 1987)."""
    for i, row in enumerate(rows):
        a, b = (study.dense(arm) for arm in row["arms"].split(" − "))
        d = [(a[s].scores["start"].correct - b[s].scores["start"].correct) / a[s].scores["start"].n for s in sorted(a.keys() & b.keys())]
        yield from estimate(i, "difference of dense accuracy (pp)", None, interval=inference.t_interval(d, 0.90))
        yield i, "n", len(d)
        yield i, "p", max(inference.sign_flip([study.margin + v for v in d], True), inference.sign_flip([study.margin - v for v in d], True))


def differences(a, b, stage, amount):
    """{seed: (a, b)} of two series at an amount, where both have a loss and are not the same trial."""
    x, y = a.points(stage).get(amount, {}), b.points(stage).get(amount, {})
    return {s: (x[s], y[s]) for s in x if s in y and x[s].reference and y[s].reference and x[s].trial.key != y[s].trial.key}


def contrasts(study, rows, name):
    """arms-*, methods-*: differences of losses and of raw accuracies, paired by seed. The intervals of a pair hold together over its
    amounts, mean ± c s / sqrt(n), with one c from a simulation, which is made again here."""
    kind, stage = name.split("-")[0], (PRUNED if "pruned" in name else RETRAINED)
    label = "arm" if kind == "arms" else "method"
    groups, factors = {}, {}
    for i, row in enumerate(rows):
        groups.setdefault((row.get("target"), row.get("method"), row.get("arm"), row["difference"]), []).append(i)
    for members in groups.values():
        found = {}
        for i in members:
            sides = [(s, a, getattr(s, label)) for s, a in at_amount(study, rows[i])]
            a, b, amount = next((a, b, amount) for a, amount, x in sides for b, other, y in sides if rows[i]["difference"] == f"{x} − {y}" and
                                (amount, a.target, a.parameter) == (other, b.target, b.parameter) and (a.arm == b.arm or a.method == b.method))
            found[i] = a, b, differences(a, b, stage, amount)
        columns = {i: [round(x.loss - y.loss, 12) for x, y in both.values()] for i, (_, _, both) in found.items()}
        whole = len({tuple(both) for _, _, both in found.values()}) == 1
        if whole and len(columns[members[0]]) > 1:
            c = bands.two_sided([columns[i] for i in members])
        for i, (a, b, both) in found.items():
            d = columns[i]
            mean, sd = inference.spread(d)
            yield from [(i, "n", len(d)), (i, "accuracy loss (pp)", 100 * mean), (i, "accuracy loss (pp) n", len(d))]
            yield from estimate(i, "raw accuracy (pp)", [(x.score.correct - y.score.correct) / x.score.n for x, y in both.values()])
            if len(d) < 2:
                continue
            lo, hi = float(rows[i]["accuracy loss (pp) lo"]), float(rows[i]["accuracy loss (pp) hi"])
            yield i, "smaller loss", getattr(b, label) if sd and lo > 0 else getattr(a, label) if sd and hi < 0 else None
            if not whole:
                c = inference.t_quantile(1 - 0.025 / len(members), len(d) - 1)
            half = 100 * c * sd / math.sqrt(len(d))
            centred = abs(lo + hi - 200 * mean) < 1e-8 + 1e-9 * (abs(lo) + abs(hi))  # ten digits are printed
            holds = centred and (abs((hi - lo) / 2 / half - 1) < bands.within_two_sided(len(d)) if half else hi == lo)
            yield from [(i, "accuracy loss (pp) lo", lo if holds else 100 * mean - half), (i, "accuracy loss (pp) hi", hi if holds else 100 * mean + half)]
            if half:
                factors.setdefault(tuple(members), (hi - lo) / 2 / half)
                yield i, "accuracy loss (pp) hi", hi if abs((hi - lo) / 2 / half / factors[tuple(members)] - 1) < 1e-6 else math.nan


def sensitivity(study, rows, name):
    """The largest sparsity within a budget, on the envelope of the mean loss (the largest so far), linear between points; nothing
    where the first point is over it. Interval: from where the envelope of the upper ends first exceeds the budget to where the
    lower ends last do not, each end of the wider one of t over seeds and seeds x images."""
    def first_over(s, y, budget):
        for i in range(1, len(s)):
            if max(y[:i + 1]) > budget:
                return s[i - 1] + (s[i] - s[i - 1]) * (budget - max(y[:i])) / (max(y[:i + 1]) - max(y[:i]))
    for i, row in enumerate(rows):
        s, = placed(study, row, way=True)
        yield i, "weights", s.size
        counts = []
        for head in [h for h in row if h.endswith(" pp")]:
            stage, budget = MOMENTS[head.split(",")[0]], float(head.split()[1]) / 100
            at, ends = [0.0], [(0.0, 0.0, 0.0, math.inf)]
            for amount, p in s.points(stage).items():
                e = inference.t_interval(list(s.losses(stage, amount).values()))
                if not e[3]:
                    break
                if amount:
                    if e[3] > 1:
                        lo, hi = inference.crossed_loss([(v.reference, v.score) for v in p.values() if v.reference])
                        e = e[0], min(e[1], lo), max(e[2], hi), e[3]
                    at.append(100 * math.fsum(v.sparsity for v in p.values()) / len(p))
                    ends.append(e)
            mean, lo, hi, n = zip(*ends)
            if s.points(stage):
                counts.append(min(n) if len(at) > 1 else 0)
            if len(at) > 1:
                value = first_over(at, mean, budget)
                yield from [(i, head + " n", min(n)), (i, head, value if value is None or value >= at[1] else None)]
            if len(at) > 1 and None not in lo:
                last = max(k for k, v in enumerate(lo) if v <= budget)
                lower = first_over(at, hi, budget) or at[-1]
                yield i, head + " lo", lower if lower >= at[1] else None
                yield i, head + " hi", None if last in (0, len(lo) - 1) else (
                    at[last] + (at[last + 1] - at[last]) * (budget - lo[last]) / (lo[last + 1] - lo[last]))
        yield i, "n", span(counts)


def single_networks(study, rows, name):
    """Pairs of networks image by image: of a seed's network and its reference, or of two arms' networks pruned alike."""
    for i, row in enumerate(rows):
        stage = row["stage"]
        sides = at_amount(study, row)
        second, amount = next((s, a) for s, a in sides if s.arm == row["second"])
        if row["first"] in (f"{second.arm}, dense", f"{second.arm}, control"):
            pairs = [(x.reference, x.score) for x in second.points(stage)[amount].values() if x.reference]
        else:
            first = next(s for s, a in sides if s.arm == row["first"] and (s.method, s.parameter, a) == (second.method, second.parameter, amount))
            pairs = [(x.score, y.score) for x, y in differences(first, second, stage, amount).values()]
        only = [((a.bits & ~b.bits).bit_count(), (b.bits & ~a.bits).bit_count()) for a, b in pairs]
        p = sorted(inference.mcnemar(*o) for o in only)
        mean, sd = inference.spread([b.accuracy for _, b in pairs])
        yield from [(i, "n", len(pairs)), (i, "SD of seeds (pp)", 100 * sd if len(pairs) > 1 else None),
                    (i, "binomial SE (pp)", 100 * math.sqrt(mean * (1 - mean) / pairs[0][1].n)),
                    (i, "only first right (images)", sum(o[0] for o in only) / len(only)),
                    (i, "only second right (images)", sum(o[1] for o in only) / len(only)),
                    (i, "McNemar p", (p[(len(p) - 1) // 2] + p[len(p) // 2]) / 2), (i, "p ≤ 0.05 in", sum(v <= 0.05 for v in p))]


def sparsity(study, rows, name):
    """Weights to be removed and removed of each layer, the range over masks; the ratio that was asked for, and the mean that was removed,
    in percent."""
    for i, row in enumerate(rows):
        arms = study.plan["arms"] if row["arm"] == "every" else row["arm"].split(", ")
        masks = {}
        for s, amount in at_amount(study, {k: v for k, v in row.items() if k != "arm"}):
            for c in s.cells:
                if s.arm in arms and c["requested"] == amount and c["key"] in study.trials:
                    trial = study.trials[c["key"]]
                    masks[s.arm, c["seed"]] = next(l for l in trial.layers if l["name"] == row["layer"])
                    last = [p for p in prunings(trial.spec) if row["layer"] in p["layers"]][-1]
                    alone = last["rule"] == "ratio" and last["scope"] == "layer"
                    ratio = last["amounts"][last["layers"].index(row["layer"])] if alone else None
        size = next(iter(masks.values()))["size"]
        yield from [(i, "masks", len(masks)), (i, "weights", size)]
        for head, field in (("to remove", "requested"), ("removed", "removed")):
            yield i, head, span([l[field] for l in masks.values()])
        yield from [(i, "requested (%)", None if ratio is None else 100 * ratio),
                    (i, "achieved (%)", 100 * sum(l["removed"] for l in masks.values()) / len(masks) / size)]


def ways(study):
    """{name: (way, series, amount)} of the prunings that check a recommendation."""
    found = {}
    for s in study.series:
        for amount in s.points(RETRAINED):
            if not amount:
                continue
            if s.parameter == "given":
                share = s.target.removeprefix("recommended").strip("-x")
                way = "recommended ratios" if s.method == "magnitude" else "at random, the recommended ratios"
                name = way if s.method != "magnitude" else f"recommended for {share} x the budget" if share else "recommended"
            else:
                way = "fully connected layers only" if s.target == "fc" else {"magnitude": "uniform", "magnitude global": "global by magnitude"}[s.method]
                name = f"{'fc only' if s.target == 'fc' else way.split()[0]} {amount}"
            found[name] = way, s, amount
    return found


def removed(samples):
    """The removed fraction of all weights."""
    return math.fsum(l["removed"] for v in samples for l in v.trial.layers) / math.fsum(l["size"] for v in samples for l in v.trial.layers)


def holds(study, s, amount):
    """Whether a budget holds by the mean loss, and by the larger of its one-sided upper 95 % bounds, over seeds and seeds x images; these."""
    x = list(s.losses(RETRAINED, amount).values())
    bound = inference.t_interval(x, 0.90)[2]
    across = inference.crossed_loss([(v.reference, v.score) for v in s.points(RETRAINED)[amount].values() if v.reference], 0.90)[1]
    return inference.spread(x)[0] <= study.budget() + 1e-15, max(bound, across) < study.budget(), bound, across


def recommendation(study, rows, name):
    """What was measured of a recommendation. p: one-sided sign-flip test of "the loss is at least the budget"."""
    found = ways(study)
    own = found["recommended"][1].losses(RETRAINED, found["recommended"][2])
    for i, row in enumerate(rows):
        if row["what is pruned"] not in found:
            continue  # a sum over another study's layers
        _, s, amount = found[row["what is pruned"]]
        points, losses = s.points(RETRAINED)[amount].values(), s.losses(RETRAINED, amount)
        count = lambda field: math.fsum(l[field] for p in points for l in p.trial.layers)
        yield from [(i, "weights removed (%)", 100 * removed(points)), (i, "multiply-adds left (%)", 100 * count("macs") / count("dense_macs"))]
        yield from estimate(i, "measured loss (pp)", list(losses.values()))
        yield from [(i, "n", len(losses)), (i, "p", inference.sign_flip([study.budget() - v for v in losses.values()], True))]
        by_mean, by_bound, bound, across = holds(study, s, amount)
        yield from [(i, "95 % bound (pp)", 100 * bound), (i, "95 % bound, seeds x images (pp)", 100 * across), (i, "mean within", "yes" if by_mean else "no"), (i, "bound within", "yes" if by_bound else "no")]
        if losses != own:
            yield from estimate(i, "more than recommended (pp)", [round(losses[k] - own[k], 12) for k in losses if k in own])


def holding(study, rows, name):
    """Of each way, the most that holds before the first that does not."""
    for i, row in enumerate(rows):
        ladder = sorted((removed(s.points(RETRAINED)[a].values()), which, holds(study, s, a)) for which, (way, s, a) in ways(study).items() if way == row["way"])
        yield i, "tried", len(ladder)
        for k, head, which in ((0, "by the mean", "which"), (1, "by the 95 % bound", "which 2")):
            reached = next((j for j, rung in enumerate(ladder) if not rung[2][k]), len(ladder))
            yield from [(i, head, 100 * ladder[reached - 1][0] if reached else None), (i, which, ladder[reached - 1][1] if reached else None)]


def trials_csv(study, rows, name):
    """trials.csv: every cell of the plan at every stage."""
    expected = {}
    for c in study.plan["cells"]:
        for stage in ["dense"] if c["role"] == "dense" else [PRUNED, RETRAINED] if c["retrain"] else [PRUNED]:
            expected[c["key"], c["arm"], c["target"], worded(c["method"]), f"{c['requested']:.10g}", str(c["round"]), stage] = c
    for i, row in enumerate(rows):
        c = expected.pop(tuple(row[k] for k in ("key", "arm", "target", "method", "requested", "round", "stage")), None)
        yield i, "requested", c and c["requested"]
        if c is None:
            continue
        t = study.trials.get(c["key"])
        yield from [(i, "study", study.plan["study"]), (i, "seed", c["seed"]), (i, "round", c["round"]), (i, "split", study.plan["split"]),
                    (i, "status", t.status if t else "not run")]
        if t is None or t.status == "failed":
            continue
        score = t.scores.get("start" if row["stage"] == "dense" else row["stage"])
        yield from [(i, "accuracy", score and score.accuracy), (i, "loss", score and score.loss), (i, "n", score and score.n)]
        if t.layers:
            target = {n for p in prunings(t.spec) for n in p["layers"]} if t.spec.get("levels") else set()
            own = [l for l in t.layers if l["name"] in target] or t.layers
            yield from [(i, "sparsity", sum(l["removed"] for l in own) / sum(l["size"] for l in own)),
                        (i, "weights", sum(l["size"] - l["removed"] for l in t.layers)), (i, "macs", sum(l["macs"] for l in t.layers))]
    for labels in expected:
        yield len(rows), "a row of " + ", ".join(labels), "there"


TABLES = {"accuracy": by_amount, "loss": by_amount, "area": areas, "dense": dense, "dense-equality": dense_equality, "arms": contrasts,
          "methods": contrasts, "sensitivity": sensitivity, "single-networks": single_networks, "sparsity": sparsity,
          "recommendation": recommendation, "holding": holding, "trials": trials_csv}
