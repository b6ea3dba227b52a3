"""Tests of this folder's own code: statistics against known values, each with its source, and a small study made up by hand."""
import base64
import contextlib
import csv
import glob
import gzip
import hashlib
import io
import json
import math
import os
import random
import tempfile

import bands
import inference
from trials import Sample, Score


def near(what, got, want, within=1e-12):
    if got is None or not abs(got - want) <= within * max(1, abs(want)):
        raise AssertionError(f"{what}: {got}, want {want}")


def quantiles():
    for p in (0.6, 0.9, 0.975, 0.9995):  # closed forms of one, two and four degrees of freedom (Shaw 2006, Sampling Student's T distribution)
        near("t(1)", inference.t_quantile(p, 1), math.tan(math.pi * (p - 0.5)))
        near("t(2)", inference.t_quantile(p, 2), (2 * p - 1) / math.sqrt(2 * p * (1 - p)))
        a = 4 * p * (1 - p)
        near("t(4)", inference.t_quantile(p, 4), 2 * math.sqrt(math.cos(math.acos(math.sqrt(a)) / 3) / math.sqrt(a) - 1))
    for df, p, want in ((5, 0.975, 2.571), (7, 0.95, 1.895), (9, 0.975, 2.262), (10, 0.995, 3.169), (30, 0.975, 2.042), (100, 0.95, 1.660)):
        near("NIST/SEMATECH e-Handbook, 1.3.6.7.2", round(inference.t_quantile(p, df), 3), want)
    near("I_1/2(2, 3) = 11/16, by hand", inference.incomplete_beta(2, 3, 0.5), 0.6875)
    for got, want in zip(inference.wilson(81, 263), (0.2553, 0.3662)):
        near("Newcombe 1998, Statistics in Medicine 17, table I, score method", round(got, 4), want)
    near("t interval of 1, 2, 4, by hand", inference.t_interval([1, 2, 4])[2], 7 / 3 + 4.302652729749464 * math.sqrt(7 / 3) / math.sqrt(3))


def tests():
    darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    near("Fisher 1935, The Design of Experiments, section 21: 863 of 32,768 on a side", inference.sign_flip(darwin), 1726 / 32768)
    near("the same, one-sided", inference.sign_flip(darwin, True), 863 / 32768)
    near("five of a sign", inference.sign_flip([0.1, 0.2, 0.1, 0.3, 0.1]), 2 / 32)
    near("ties but for rounding count", inference.sign_flip([0.1 + 0.2, -0.3, 0.3]), 1.0)
    for got, want in zip(inference.holm([0.01, 0.04, 0.03, 0.005]), (0.03, 0.06, 0.06, 0.02)):
        near("Holm by hand: 2 x 3, 4 x 1, 3 x 2, 1 x 4 of them, monotone", got, want)
    for got in inference.holm([0.004, 0.5, 0.004, 0.9])[::2]:
        near("Holm gives equal p equal adjusted p", got, 0.016)
    near("McNemar's mid-p of 1 and 7: Fagerland, Lydersen and Laake 2013, airway hyper-responsiveness", round(inference.mcnemar(1, 7), 4), 0.0391)
    near("as many on both sides: 1 - P(X = 2) / 2", inference.mcnemar(2, 2), 1 - 6 / 16 / 2)
    near("tau-b with a tie, by hand: (2 - 0) / sqrt(2 x 3)", inference.tau_b([1, 2, 2], [1, 2, 3]), 2 / math.sqrt(6))
    if not inference.detectable(33, 0.05) > 0.5 > inference.detectable(34, 0.05):
        raise AssertionError("0.5 standard deviations at power 0.8 need 33.4 pairs (R, power.t.test)")


def areas():
    points = [(0.3, 9.0), (0.5, 0.0), (0.7, math.log(7 / 3)), (0.9, math.log(9)), (0.97, 4.0)]
    near("area of logit(s) from 0.5 to 0.9", inference.area(points, 0.5, 0.9), math.log(9) / 2)
    near("interpolated at the end", inference.area([(0.5, 1.0), (0.95, 1.0)], 0.6, 0.9), 1.0)
    if inference.area([(0.5, 1.0), (0.8, 1.0)], 0.5, 0.9) is not None:
        raise AssertionError("an area is extrapolated")


def seeds_and_images():
    mean, seeds, both, df = inference.two_way([[1, 0, 1, 1]] * 3)  # seeds agree: only images vary, s^2/I = 0.25/4
    near("images alone", both, 0.25)
    mean, seeds, both, df = inference.two_way([[0] * 4, [1] * 4, [1] * 4])  # images agree: s^2/S = (1/3)/3
    near("seeds alone", both, 1 / 3)
    near("their degrees of freedom", df, 2)
    near("mean", mean, 2 / 3)
    # By hand: MS of seeds 1/4, of images 1/3, of the rest 1/12; (1/4 + 1/3 - 1/12) / 8.
    mean, seeds, both, df = inference.two_way([[0, 0, 1, 1], [0, 1, 1, 1]])
    near("both", both, math.sqrt((1 / 8 + 11 / 24 - 1 / 8) / 8))
    near("over seeds", seeds, math.sqrt(1 / 8 / 8))


def coverage():
    """Of nominal 95 % intervals over seeds and images, normal components with these shares of the variance of the mean."""
    draw = random.Random(1)
    chi = lambda df: draw.gammavariate(df / 2, 2) / df
    for seeds in (5, 8, 10):
        for of_seeds, of_images in ((0.0, 0.5), (0.2, 0.6), (0.5, 0.4), (0.9, 0.05), (0.3, 0.0)):
            images, inside = 5000, 0
            rest = 1 - of_seeds - of_images  # mean squares are in units of S I times the variance of the mean
            for _ in range(2000):
                squares = (of_seeds + rest) * chi(seeds - 1), (of_images + rest) * chi(images - 1), rest * chi((seeds - 1) * (images - 1))
                _, error, df = inference.two_way_error(*squares, seeds, images)
                inside += abs(draw.gauss(0, 1)) <= inference.t_quantile(0.975, min(int(df), 200)) * error * math.sqrt(seeds * images)
            if not 0.93 < inside / 2000 < 0.97:
                raise AssertionError(f"{seeds} seeds, shares {of_seeds} and {of_images}: {inside / 20} % of the intervals hold the mean")


def constants_of_bands():
    independent = [[1, 1, -1, -1], [1, -1, 1, -1]]  # then P(both |t| < c) = P(|t| < c)^2
    got, want = bands.two_sided(independent), inference.t_quantile((1 + math.sqrt(0.95)) / 2, 3)
    if abs(got / want - 1) > bands.WITHIN_TWO_SIDED:
        raise AssertionError(f"c of two independent points is {got}, want {want}")
    for got in (bands.two_sided([[1, 2, 4, 9]]), *bands.equal_tailed([[1, 2, 4, 9], [5, 5, 5, 5]])):
        near("one point that varies has Student's", got, inference.t_quantile(0.975, 3))
    for change, base in ((False, 0), (True, 4.5)):
        point = 4.2 if not change else 0.3, 0.1, base, 5000
        _, lo, hi = bands.drawn(point, (2.5, 3.5), change)
        for got, want in zip(bands.constants(point, lo, hi, change), (2.5, 3.5)):
            near("constants of drawn limits", got, want, 1e-9)
    skewed = [[1, 1.1, 1.2, 0.9, 1, 1.05, 0.95, 9], [2, 2.2, 2.1, 1.9, 1.8, 2, 2.05, 30]]
    below, above = bands.equal_tailed(skewed)
    if not below < above / 1.5:
        raise AssertionError(f"of seeds with a long upper tail c is {below} and c' {above}")


class Curve:
    """Eight networks of 5,000 images at three ratios, as they stand for a series of a study."""
    arm, target, method, size = "L2", "conv1", "magnitude", 500
    right = {0: (4943, 4939, 4950, 4943, 4941, 4948, 4948, 4944), 0.5: (4922, 4897, 4919, 4921, 4931, 4943, 4934, 4892),
             0.8: (4918, 4888, 4745, 4919, 4931, 4916, 4914, 4899)}

    def points(self, stage):
        score = lambda n: Score(5000, (1 << n) - 1, 0.0)
        return {a: {seed: Sample(None, score(n), score(self.right[0][seed]), a) for seed, n in enumerate(of)} for a, of in self.right.items()}

    def amount(self, value):
        return str(value)


def bands_of_a_curve():
    import recompute
    curve = Curve()
    for change in (False, True):
        found, c = bands.band(curve, "pruned", change)
        for what, scale, nudge, want in (("as drawn", 1.04, 0, 0), ("a limit is another", 1.04, 1e-5, 2), ("too narrow", 0.8, 0, 4 + 2 * (not change) + 1)):
            rows = [("panel", "arm", "target", "method", "stage", "requested", "accuracy_change" if change else "accuracy", "lo", "hi", "interval")]
            for a, point in found.items():
                value, lo, hi = bands.drawn(point, [scale * x for x in c], change)
                rows.append(("", curve.arm, curve.target, curve.method, "pruned", str(a), value, lo - nudge * (a == 0.8), hi, bands.HOLDS))
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "figure.csv")
                with open(path, "w", encoding="utf-8", newline="") as f:
                    csv.writer(f).writerows(rows)
                of = type("Study", (), {"series": [curve], "folder": folder, "name": "curve"})
                comparison = recompute.Comparison(of)
                bands.figure(comparison, path)
                bands.together(comparison)
            if len(comparison.wrong) != want:
                raise AssertionError(f"bands of a curve, {'changes' if change else 'accuracies'}, {what}: {comparison.wrong}, want {want}")


def made(folder):
    """Three seeds, ten images: dense 9, 8, 9 right, retrained controls 9, 9, 10, pruned by half and retrained 8, 7, 9."""
    cells, spec = [], lambda seed, *levels: {"data": {"name": "mnist"}, "train": {}, **({"levels": list(levels)} if levels else {}), "seed": seed}
    retrain = {"epochs": 1, "dropout": "adjusted"}
    level = {"prune": {"layers": ["fc1"], "criterion": "magnitude", "scope": "layer", "amounts": [0.5]}, "retrain": retrain}
    score = lambda right: {"n": 10, "correct": right, "loss": 0.5, "bits": base64.b64encode((2 ** right - 1).to_bytes(2, "little")).decode()}
    for name in ("trials", "tables"):
        os.makedirs(os.path.join(folder, name))
    for seed, start, unpruned, right in ((1, 9, 9, 8), (2, 8, 9, 7), (3, 9, 10, 9)):
        for role, s, result in (("dense", spec(seed), {"start": score(start)}),
                                ("control", spec(seed, {"prune": {}, "retrain": {"epochs": 1, "dropout": "same"}}), {"start": score(start), "pruned": score(start), "retrained": score(unpruned)}),
                                ("point", spec(seed, level), {"start": score(start), "pruned": score(6), "retrained": score(right)})):
            key = hashlib.sha256(json.dumps(s).encode()).hexdigest()
            layer = {"name": "fc1", "size": 20, "removed": 10 * (role == "point"), "macs": 20}
            body = json.dumps({"key": key, "spec": s}).replace('"spec": ', '"spec":')[:-1] + ',"status":"done","result":' + json.dumps({**result, "layers": [layer]}) + "}"
            with open(os.path.join(folder, "trials", key + ".json"), "w", encoding="utf-8") as f:
                f.write(f'{{"sha256":"{hashlib.sha256(body.encode()).hexdigest()}","outcome":{body}}}\n')
            cells.append({"arm": "L2", "target": "all" * (role != "dense"), "method": "magnitude", "parameter": "ratio", "round": 1, "role": role,
                          "requested": 0.5 * (role == "point"), "retrain": role != "dense", "seed": seed, "key": key})
    plan = {"study": "made-up", "arms": ["L2"], "layers": ["fc1"], "kinds": ["dense"], "split": "validation", "cells": cells}
    for name, text in (("plan.json", json.dumps({"plan": plan})), ("findings.json", '{"family": 0, "findings": []}'),
                       ("tables/loss-retrained.csv", "target,amount,sparsity (%),n,L2 (pp),L2 (pp) lo,L2 (pp) hi,L2 (pp) n,\"L2 (pp) lo, seeds x images\",\"L2 (pp) hi, seeds x images\"\n"
                                                     "all,0.5,50,3,13.33333333,-1.008842433,27.6755091,3,-4.222959423,48.14701482\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)


def study():
    import recompute
    def disagreements(spoil=lambda folder: None):
        with tempfile.TemporaryDirectory() as parent, contextlib.redirect_stdout(io.StringIO()) as out:
            folder = os.path.join(parent, "made-up")
            made(folder)
            spoil(folder)
            return recompute.main([folder]), out.getvalue().count("DISAGREES")
    def pack(folder, keep=0):
        """Packs the trials; so many stay files as well."""
        paths = sorted(glob.glob(os.path.join(folder, "trials", "*")))
        with gzip.open(os.path.join(folder, "trials.jsonl.gz"), "wb") as f:
            for path in paths:
                with open(path, "rb") as trial:
                    f.write(trial.read())
        for path in paths[keep:]:
            os.remove(path)
    def cut(folder):
        """A pack of which the last bytes are missing, in which gzip has the digest and the length."""
        pack(folder)
        os.truncate(os.path.join(folder, "trials.jsonl.gz"), os.path.getsize(os.path.join(folder, "trials.jsonl.gz")) - 8)
    def edit(pattern, old, new):
        def spoil(folder):
            for path in glob.glob(os.path.join(folder, pattern)):
                with open(path, encoding="utf-8") as f:
                    text = f.read()
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text.replace(old, new))
        return spoil
    for what, spoil, want in (("as made", lambda folder: None, 0), ("a digit", edit("tables/loss-retrained.csv", "13.33333333", "13.33333433"), 1),
                              ("an interval", edit("tables/loss-retrained.csv", "27.6755091", "26.6755091"), 1),
                              ("a row of another amount", edit("tables/loss-retrained.csv", "all,0.5,", "all,0.7,"), 2),
                              ("a trial's digest and count", edit("trials/*", '"correct": 7', '"correct": 8'), 2),
                              ("packed", pack, 0), ("a pack that is cut", cut, 1), ("packed, a few left over", lambda folder: pack(folder, 2), 0),
                              ("a trial's count, then packed", lambda folder: (edit("trials/*", '"correct": 7', '"correct": 8')(folder), pack(folder)), 2),
                              ("files that are not as they were packed", lambda folder: (pack(folder, 9), edit("trials/*", '"correct": 7', '"correct": 8')(folder)), 3),
                              ("labels do not matter, specs do", edit("plan.json", '"control"', '"Control"'), 0)):
        status, found = disagreements(spoil)
        if found != want or status != (want > 0):
            raise AssertionError(f"a made-up study, {what}: {found} disagreements and status {status}, want {want}")


def run():
    for test in (quantiles, tests, areas, seeds_and_images, coverage, constants_of_bands, bands_of_a_curve, study):
        test()
        print("ok", test.__name__.replace("_", " "))
    return 0
