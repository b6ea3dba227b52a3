"""Recomputes findings.json and the table of findings: differences paired by seed, intervals, exact p, Holm's correction, verdicts.

A claim says by its pairs what is compared, and by its endpoint at which stage and over which range."""
import csv
import json
import os
import re

import inference
from trials import PRUNED, RETRAINED, identity, prunings

DOUBTS = ("opposite sign in raw accuracy", "the regularizer hardly acted", "not trained in full")  # what withholds a verdict


def by_layer(s, criterion="magnitude"):
    p, r = prunings(s.spec)[0], s.retraining
    return p["criterion"] == criterion and p["scope"] == "layer" and r.get("start", "keep") == "keep" and not r.get("frozen")


def by_threshold(s):
    """By magnitude, one threshold for all layers; survivors keep their values and nothing is frozen."""
    p, r = prunings(s.spec)[0], s.retraining
    return p["criterion"] == "magnitude" and p["scope"] == "global" and r.get("start", "keep") == "keep" and not r.get("frozen")


def plain(s):
    """By magnitude, the same ratio in each layer; survivors keep their values and nothing is frozen."""
    return by_layer(s) and s.parameter == "ratio"


def whole(s):
    return s.target == "all" and s.schedule == "one-shot" and plain(s)


def penalty(config):
    """Which regularizer a training has: "l1", "l2", or None of none and of both."""
    kinds = [k for k in ("l1", "l2") if config.get("regularizer", {}).get(k)]
    return kinds[0] if len(kinds) == 1 else None


def frame(s, *cleared):
    """What two sides of a comparison have in common: the spec without seed, amounts and the fields that the claim varies."""
    spec = json.loads(identity(s.spec))
    level = spec["levels"][0]
    spec["levels"] = {"prune": level["prune"], "retrain": level.get("retrain", {})}
    for path in ("seed", "levels.prune.amounts", *cleared):
        *front, last = path.split(".")
        at = spec
        for k in front:
            at = at[k]
        at.pop(last, None)
    return identity(spec)


def pair(study, is_a, is_b, *cleared):
    """The first two series, in the plan's order, that agree in all that the claim does not vary."""
    return next((a, b) for a in study.find(is_a) for b in study.find(is_b) if frame(a, *cleared) == frame(b, *cleared))


def sides(study, pairs, stage):
    """[(name, series of the one side, series of the other)] of a claim about areas; a side is the mean over its series."""
    if pairs.startswith("conv"):
        kind = dict(zip(study.plan["layers"], study.plan["kinds"]))
        single = [next(s for s in study.find(lambda s: s.target == name and s.schedule == "one-shot" and plain(s)) if s.points(stage)) for name in kind]
        conv, fc = ([s for s in single if (kind[s.target] == "conv") == want] for want in (True, False))
        if pairs.startswith("conv1"):
            return [(f"{conv[0].target} − {s.target}", conv[:1], [s]) for s in conv[1:] + fc]
        return [("conv − fc", conv, fc)]
    if pairs == "one-shot − iterative":
        a, b = pair(study, *(lambda s, w=w: s.target == "all" and plain(s) and s.schedule == w for w in ("equal steps", "rounds")))
    elif pairs == "random − magnitude":
        a, b = pair(study, lambda s: s.target == "all" and s.schedule == "one-shot" and s.parameter == "ratio" and by_layer(s, "random"), whole,
                    "levels.prune.criterion")
    else:
        arms = {"L2": ("l2", "l2"), "L1": ("l1", "l1"), "(L1→L2)": ("l1", "l2")}
        trained = lambda first, then: lambda s: whole(s) and penalty(s.spec["train"]) == first and (stage == PRUNED or penalty(s.retraining) == then)
        a, b = pair(study, *(trained(*arms[name]) for name in pairs.split(" − ")), "train.regularizer",
                    "levels.retrain" if stage == PRUNED else "levels.retrain.regularizer")
    return [(pairs, [a], [b])]


def mean_area(series, stage, lo, hi, **of):
    """{seed: area, averaged over the series}, of the seeds that have all."""
    areas = [s.areas(stage, lo, hi, **of) for s in series]
    return {seed: sum(a[seed] for a in areas) / len(areas) for seed in areas[0] if all(seed in a for a in areas)}


def minus(a, b):
    """{seed: a - b} of the seeds that both have; differences that are equal but for rounding come out equal."""
    return {seed: round(a[seed] - b[seed], 12) for seed in a if seed in b}


def accuracies(s, stage, amount):
    return {seed: x.score.accuracy for seed, x in s.points(stage)[amount].items()}


def comparisons(study, f):
    """[(name, paired differences, the same of raw errors or None)] of a finding; None where its kind is not known here."""
    stage = PRUNED if re.search("before retraining|right after pruning", f["endpoint"]) else RETRAINED
    pairs, lost = f["pairs"], lambda s, amount: list(s.losses(stage, amount).values())
    if found := re.search(r"sparsity ([\d.]+) to ([\d.]+)", f["endpoint"]):
        area = lambda of: lambda series: mean_area(series, stage, *map(float, found.groups()), **of)
        loss, error = area({}), area({"of": lambda s: 1 - s.score.accuracy})
        return [(name, list(minus(loss(a), loss(b)).values()), list(minus(error(a), error(b)).values())) for name, a, b in sides(study, pairs, stage)]
    if pairs == "pruned − dense":
        return [(pairs, lost(next(s for s in study.find(whole) if 0.5 in s.points(stage)), 0.5), None)]
    if pairs == "retrained − control":
        arm = arm_of(study, f)
        ladders = study.find(lambda s: s.target == "all" and by_layer(s) and s.points(stage) and s.arm == arm)
        s = next(s for schedule in ("one-shot", "rounds") for s in ladders if s.schedule == schedule)
        return [(f"ratio {a}", lost(s, a), None) for a in s.points(stage) if a and s.losses(stage, a)]
    if pairs == "reinit − keep":
        start = lambda want: lambda s: s.target == "all" and s.schedule == "one-shot" and s.method.startswith("magnitude") and \
            s.retraining.get("start") == want and 0.9 in s.points(stage)
        a, b = pair(study, start("reinit"), start("keep"), "levels.retrain.start")
        errors = lambda s: {seed: 1 - v for seed, v in accuracies(s, stage, 0.9).items()}
        return [(pairs, list(minus(a.losses(stage, 0.9), b.losses(stage, 0.9)).values()), list(minus(errors(a), errors(b)).values()))]
    return None


def claimed(f):
    """(bound, whether the claim is that the difference is below it)."""
    below = f["direction"].startswith("below")
    return (f["margin"] if below else -f["margin"]), below


def p_value(f, d):
    """Two-sided sign-flip p of differences less the bound of the claim."""
    return inference.sign_flip([round(v - claimed(f)[0], 12) for v in d])


def arm_of(study, f):
    """The arm of a finding that every arm has: that of the name, the first that has the trials where the name has none."""
    if ": " in f["id"]:
        return f["id"].split(": ")[1]
    if f["id"] == "order-of-layers":
        return next(a for a in study.plan["arms"] if study.find(lambda s: s.arm == a and s.target in study.plan["layers"] and s.points(PRUNED) and s.points(RETRAINED)))
    return next(a for a in study.plan["arms"] if study.find(lambda s: s.arm == a and s.target == "all" and by_layer(s) and s.schedule in ("one-shot", "rounds") and s.points(RETRAINED)))


def own_p(f, parts):
    """The claim's p. Where every comparison has to hold: the largest or, where one has the other sign, the smallest of these times the
    number of comparisons. Where ratios ascend: that of the first."""
    p = [p_value(f, d) for _, d, _ in parts]
    if f["pairs"] == "retrained − control":
        return p[0]
    bound, below = claimed(f)
    wanted = [(inference.spread(d)[0] > bound) != below for _, d, _ in parts]
    return max(p) if all(wanted) else min(1, len(p) * min(v for v, w in zip(p, wanted) if not w))


def deciding(f, parts):
    """The place of the comparison that the claim stands or falls with. Where all have to hold: of those with the other sign, if there are
    any, that of the smallest p, else that of the largest; of equal p that with the least difference on the claimed side."""
    if f["pairs"] == "retrained − control":
        return 0
    bound, below = claimed(f)
    side = [(bound - mean if below else mean - bound) for mean in (inference.spread(d)[0] for _, d, _ in parts)]
    failing = [i for i, s in enumerate(side) if s <= 0]
    p = [p_value(f, d) for _, d, _ in parts]
    return min(failing, key=lambda i: (p[i], side[i])) if failing else min(range(len(parts)), key=lambda i: (-p[i], side[i]))


def judge(f, parts, adjusted):
    """The verdict of the numbers at an adjusted p."""
    bound, below = claimed(f)
    ends = [inference.t_interval(d) for _, d, _ in parts]
    wanted = [(mean > bound) != below for mean, _, _, _ in ends]
    clear = [lo is not None and not lo <= bound <= hi for _, lo, hi, _ in ends]
    if adjusted > 0.05:
        return "inconclusive"
    if f["pairs"] == "retrained − control":
        lowest = float(parts[0][0].split()[1])
        return "inconclusive" if not clear[0] or not wanted[0] and lowest > 0.5 else "supported" if wanted[0] else "refuted"
    if f["margin"] and not clear[0]:
        return "inconclusive"
    return "supported" if all(wanted) else "refuted"


def lossless_up_to(f, parts, adjusted, others):
    """The last ratio, ascending, up to which each is lossless at the level that Holm's method left to the claim."""
    factor = 1 + sum(a > 0.05 for a in others)
    bound, reached, worst = claimed(f)[0], None, adjusted
    for name, d, _ in parts:
        mean, _, hi, _ = inference.t_interval(d)
        worst = max(worst, min(1, factor * p_value(f, d)))
        if worst > 0.05 or hi is None or hi >= bound or mean >= bound:
            break
        reached = name.split()[1]
    return reached


def order_of_layers(study, f):
    """Kendall's tau-b of the mean areas of the layers that are pruned alone, over the ranges that the endpoint names, before and after
    retraining, and how many these layers are."""
    ranges = [tuple(map(float, r)) for r in re.findall(r"([\d.]+) to ([\d.]+)", f["endpoint"])]
    arm = arm_of(study, f)
    of = lambda name: list(study.find(lambda s: s.target == name and s.schedule == "one-shot" and plain(s) and s.arm == arm))[:1]
    layers = [s for name in study.plan["layers"] for s in of(name)]
    mean = lambda s, stage, r: inference.spread(list(s.areas(stage, *r).values()))[0]
    return inference.tau_b([mean(s, PRUNED, ranges[0]) for s in layers], [mean(s, RETRAINED, ranges[-1]) for s in layers]), len(layers)


def compare(c):
    """Compares findings.json and tables/findings.csv of a study with what its trials give."""
    with open(os.path.join(c.study.folder, "findings.json"), encoding="utf-8") as f:
        published = json.load(f)
    table, path = {}, os.path.join(c.study.folder, "tables", "findings.csv")
    if os.path.exists(path):
        with open(path, encoding="utf-8", newline="") as f:
            table = {row["claim"]: row for row in csv.DictReader(f)}
    tested = [f for f in published["findings"] if f.get("adjusted") is not None]
    c.compare("findings.json", "family", "claims", published["family"], len(tested))
    for f in published["findings"]:
        check = lambda column, printed, value: c.compare("findings.json", f["id"], column, printed, value)
        tabled = lambda column, value: c.compare("tables/findings.csv", f["id"], column, table[f["id"]].get(column), value)
        if f.get("correlation"):
            tau, layers = order_of_layers(c.study, f)
            check("tau-b", f["correlation"]["value"], tau)
            tabled("reason", f"tau-b = {tau:.2f} over {layers} layers")
        parts = comparisons(c.study, f) if f.get("evidence") else None
        if parts is None:
            c.left["findings.json"] += len(f.get("evidence", []))
            continue
        check("comparisons", len(f["evidence"]), len(parts))
        for e, (name, d, _) in zip(f["evidence"], parts):
            mean, lo, hi, n = inference.t_interval(d)
            sd = inference.spread(d)[1]
            effect = inference.detectable(n, published["alpha"] / (published["family"] if f in tested else 1))
            printed = {**e["difference"], "mean of the bootstrap": e["bootstrap"]["value"], "p": e["test"]["p"],
                       "detectable": e.get("detectable") and round(e["detectable"], 9)}  # an integral: good to nine digits
            for what, value in (("value", mean), ("lo", lo), ("hi", hi), ("n", n), ("sd", sd), ("mean of the bootstrap", mean), ("p", p_value(f, d)),
                                ("detectable", effect and round(effect * sd, 9))):
                if what in ("lo", "hi") and n == 1 and c.study.fixed:  # over images
                    c.left["findings.json"] += 1
                    continue
                if what in ("lo", "hi") and n == 1:  # no interval: its ends are the value, at no level
                    check(f"{name}: level", printed["level"], 0)
                    value = mean
                check(f"{name}: {what}", printed[what], value)
            c.left["findings.json"] += 2  # the ends of the bootstrap interval, which are drawn
        decides = deciding(f, parts)
        check("decides", f.get("decides", 0), decides)
        mean, lo, hi, n = inference.t_interval(parts[decides][1])
        for column, value in (("", 100 * mean), (" lo", lo and 100 * lo), (" hi", hi and 100 * hi), (" n", n)):
            tabled("effect (pp)" + column, value)
        p = own_p(f, parts)
        for column, printed in (("p", f["p"]),):
            check(column, printed, p)
            tabled(column, p)
        if f not in tested:
            check("verdict", f["verdict"], "secondary")
            continue
        rest = [o for o in tested if o is not f]
        adjusted = inference.holm([f["p"], *(o["p"] for o in rest)])[0]  # of the printed column
        verdict = judge(f, parts, adjusted)
        side = lambda d: inference.spread(d)[0] - claimed(f)[0]
        opposed = lambda d, raw: raw is not None and side(d) * side(raw) < 0 and inference.sign_flip([round(v - claimed(f)[0], 12) for v in raw]) <= 0.05
        if f["reason"].startswith(DOUBTS[0]):  # tested; the other doubts rest on norms and epochs
            verdict = "inconclusive" if any(opposed(d, raw) for _, d, raw in parts) else verdict
        elif f["reason"].startswith(DOUBTS):
            verdict = "inconclusive"
        elif verdict != "inconclusive" and f["pairs"] != "conv1 − each other layer":
            verdict = "inconclusive" if any(opposed(d, raw) for _, d, raw in parts) else verdict
        if f["verdict"] == "supported" and f["pairs"] == "retrained − control":
            check("lossless up to", re.search(r"ratio of ([\d.]+)", f["reason"]).group(1), lossless_up_to(f, parts, adjusted, [o["adjusted"] for o in rest]))
        for column, in_table, value in (("adjusted", "adjusted p", adjusted), ("verdict", "verdict", verdict)):
            check(column, f[column], value)
            tabled(in_table, value)
