"""The numbers behind headline sentences, for people: absolute accuracies and losses with intervals over seeds and over seeds and images,
and what other definitions of the same comparison give. Nothing is compared with anything here."""
import re

import inference
from findings import accuracies, mean_area, minus, penalty, plain, sides, whole
from tables import removed, ways
from trials import PRUNED, RETRAINED, Study


def two_way_table(study):
    """Absolute accuracies and losses of networks pruned as a whole and retrained."""
    def halves(x):
        """In percent: mean ± half interval over seeds -> over both (1.96 standard errors of both), and the one-sided upper bound of both."""
        mean, seeds, both, df = inference.two_way(x)
        over_seeds = inference.t_quantile(0.975, len(x) - 1) * seeds
        over_both = max(over_seeds, inference.t_quantile(0.975, df) * both)
        return "{:7.3f} ± {:.3f} -> {:.3f} ({:.3f})".format(100 * mean, 100 * over_seeds, 100 * over_both, 196 * both), \
            100 * (mean + inference.t_quantile(0.95, df) * both)
    for arm in study.plan["arms"]:
        x = [t.scores["start"].list() for t in study.dense(arm).values()]
        if len(x) > 1:
            print(f"  {arm + ', dense':48} accuracy {halves(x)[0]}")
    for s in study.find(lambda s: s.target == "all" or s.parameter == "given"):
        for amount, samples in s.points(RETRAINED).items():
            if not amount or len(samples) < 2:
                continue
            line = f"  {f'{s.arm}, {s.target}, {s.method} {s.amount(amount)}':48} accuracy {halves([v.score.list() for v in samples.values()])[0]}"
            if all(v.reference for v in samples.values()):
                text, bound = halves([[a - b for a, b in zip(v.reference.list(), v.score.list())] for v in samples.values()])
                line += f"   loss {text}, one-sided 95 % bound {bound:.3f}"
            print(line)


def tell(what, d):
    d = [100 * v for v in d]
    mean, lo, hi, n = inference.t_interval(d)
    print(f"  {what}: {mean:.3f} ± {hi - mean:.3f} [{lo:.3f}, {hi:.3f}], median {inference.statistics.median(d):.3f}, "
          f"least {min(d):.3f}, most {max(d):.3f}, n = {n}, sign-flip p = {inference.sign_flip(d):.4f}")


def layers(study):
    for name, a, b in sides(study, "conv − fc", PRUNED) + sides(study, "conv1 − each other layer", PRUNED):
        tell(f"area before retraining, 0.5 to 0.9, {name}", minus(mean_area(a, PRUNED, 0.5, 0.9), mean_area(b, PRUNED, 0.5, 0.9)).values())
    single = [next(s for s in study.find(lambda s: s.target == name and plain(s))) for name in study.plan["layers"]]
    mean = lambda s, stage, r: inference.spread(list(s.areas(stage, *r).values()))[0]
    for before, after in (((0.5, 0.9), (0.5, 0.95)), ((0.5, 0.9), (0.5, 0.9)), ((0.5, 0.95), (0.5, 0.95))):
        tau = inference.tau_b([mean(s, PRUNED, before) for s in single], [mean(s, RETRAINED, after) for s in single])
        print(f"  order of {len(single)} layers, before over {before}, after over {after}: tau-b {tau:.2f}")


def regularizers(study):
    series = {(penalty(s.spec["train"]), penalty(s.retraining)): s for s in study.find(whole)}
    l1, l2 = series["l1", "l1"], series["l2", "l2"]
    dense = {s.arm: {seed: t.scores["start"].accuracy for seed, t in study.dense(s.arm).items()} for s in series.values()}
    for s in series.values():
        tell(f"dense − its unpruned control, {s.arm}", minus(dense[s.arm], accuracies(s, RETRAINED, 0)).values())
        p = {a: inference.sign_flip([study.margin - v for v in s.losses(RETRAINED, a).values()]) for a in s.points(RETRAINED) if a}
        print(f"    lossless to within {100 * study.margin} pp, two-sided p at each ratio: " + ", ".join(f"{a} {v:.4f}" for a, v in p.items()))
    tell("accuracy at 0.9, L1 − L2", minus(accuracies(l1, RETRAINED, 0.9), accuracies(l2, RETRAINED, 0.9)).values())
    for what, of in (("loss against the control", lambda s: lambda v: v.loss), ("error", lambda s: lambda v: 1 - v.score.accuracy),
                     ("loss against the dense network", lambda s: lambda v: dense[s.arm][v.trial.spec["seed"]] - v.score.accuracy)):
        tell(f"area of the {what} after retraining, 0.5 to 0.95, L1 − L2", minus(*(s.areas(RETRAINED, 0.5, 0.95, of(s)) for s in (l1, l2))).values())
    by = {s.schedule: s for s in study.find(lambda s: s.target == "all" and plain(s) and s.arm == l2.arm)}
    for other, words in (("equal steps", "once, retrained as often"), ("one-shot", "once, retrained once")):
        for amount in [a for a in by["rounds"].points(RETRAINED) if a >= 0.9]:
            tell(f"loss at {amount}, {words} − in rounds", minus(*(by[k].losses(RETRAINED, amount) for k in (other, "rounds"))).values())
    tell("area, 0.9 to 0.98, once, retrained as often − in rounds", minus(*(by[k].areas(RETRAINED, 0.9, 0.98) for k in ("equal steps", "rounds"))).values())


def survivors(study):
    start = {s.retraining["start"]: s for s in study.find(lambda s: s.target == "all" and s.method.startswith("magnitude"))}
    keep, reinit = start["keep"], start["reinit"]
    for amount in [a for a in reinit.points(RETRAINED) if a]:
        tell(f"accuracy at {amount}, keep − reinit", minus(accuracies(keep, RETRAINED, amount), accuracies(reinit, RETRAINED, amount)).values())
        tell(f"loss at {amount}, each against its own control, reinit − keep", minus(reinit.losses(RETRAINED, amount), keep.losses(RETRAINED, amount)).values())
    tell("accuracy of the unpruned controls, keep − reinit", minus(accuracies(keep, RETRAINED, 0), accuracies(reinit, RETRAINED, 0)).values())


def ladders(study):
    """Where each way's mean loss reaches the budget, and recommended − global at each recommended rung, averaged over the rungs by seed;
    between rungs linear in the removed fraction of all weights."""
    rungs, budget = {}, study.budget()
    for way, s, amount in ways(study).values():
        rungs.setdefault(way, []).append((removed(s.points(RETRAINED)[amount].values()), s.losses(RETRAINED, amount)))
    for way in rungs:
        rungs[way].sort(key=lambda r: r[0])
        x, y = [r[0] for r in rungs[way]], [inference.spread(list(r[1].values()))[0] for r in rungs[way]]
        over = next((i for i, v in enumerate(y) if v > budget), 0)
        if over:
            at = inference.interpolate(y[over - 1:over + 1], x[over - 1:over + 1], budget)
            print(f"  {way}: the mean loss reaches {100 * budget:.2f} pp at {100 * at:.2f} % of the weights removed")
    recommended, other = rungs["recommended ratios"], rungs.get("global by magnitude", [])
    if len(recommended) > 1 and other:
        curve = lambda seed: ([r[0] for r in other], [r[1][seed] for r in other])
        tell("loss, recommended − global, mean over the recommended rungs", [
            sum(losses[seed] - inference.interpolate(*curve(seed), x) for x, losses in recommended) / len(recommended) for seed in recommended[0][1]])


CLAIMS = {"layers-(lenet-5|cifar-quick)": layers, "regularizers-lenet-300-100": regularizers, "survivors-.*": survivors, ".*-within-.*": ladders}


def show(folders):
    print("Networks: mean ± half of the 95 % interval over seeds (Student t) -> over seeds and images (Satterthwaite t; by 1.96 standard errors).\n"
          "Comparisons: paired by seed, percentage points, Student t over seeds.")
    for study in map(Study, folders):
        print(f"\n{study.name}")
        two_way_table(study)
        for pattern, claim in CLAIMS.items():
            if re.fullmatch(pattern, study.name):
                claim(study)
    return 0
