"""Reads a study's plan and trial files, and finds what each trial is compared with.

A trial is identified by its spec: its dense network and its control are the trials whose specs say so. The plan's labels (arm, target,
method, amount) say in which row of a table a trial belongs, nothing else."""
import base64
import functools
import glob
import gzip
import hashlib
import json
import os
import re
import zlib
from typing import NamedTuple

import inference

PRUNED, RETRAINED = "pruned", "retrained"  # right after pruning; after retraining, last epoch


class Score(NamedTuple):
    n: int
    bits: int  # bit i is set where the network has image i right
    loss: float

    @property
    def correct(self):
        return self.bits.bit_count()

    @property
    def accuracy(self):
        return self.correct / self.n

    def list(self):
        return [int(c) for c in f"{self.bits:0{self.n}b}"[::-1]]


class Trial(NamedTuple):
    key: str
    spec: dict
    status: str
    scores: dict  # "start", "pruned", "retrained"
    layers: list
    training: float  # accuracy of the last epoch of the last training, None without a history


class Sample(NamedTuple):
    """What one seed contributes to a point of a curve."""
    trial: Trial
    score: Score
    reference: Score  # of its dense network or control, None where the study has none
    sparsity: float   # of the target

    @property
    def loss(self):
        return round((self.reference.correct - self.score.correct) / self.score.n, 12)  # as differences are kept


def files(folder, faults):
    """(where, text) of every finished trial: its file in trials/, or its line of the pack, which is such files one after the other,
    compressed. One that is in both is the same text."""
    for path in sorted(glob.glob(os.path.join(folder, "trials", "*.json"))):
        with open(path, "rb") as f:
            yield path, f.read()
    if os.path.exists(pack := os.path.join(folder, "trials.jsonl.gz")):
        try:
            with gzip.open(pack) as f:
                for n, text in enumerate(f, 1):
                    yield f"{pack}, line {n}", text
        except (OSError, EOFError, zlib.error) as error:
            faults.append((pack, "damaged", "a whole pack", str(error)))


def read_trial(where, text, faults):
    """A trial from its file {"sha256": digest of the outcome, "outcome": {"key": digest of the spec, "spec": ..., ...}}."""
    sealed = re.match(rb'\{"sha256":"(\w{64})","outcome":', text)
    body = text[sealed.end():-2]
    spec = body[body.index(b'"spec":') + 7:body.index(b',"status":')]
    o = json.loads(body)
    result, scores = o["result"], {}
    for name in ("start", "pruned", "retrained"):
        if s := result.get(name):
            scores[name] = Score(s["n"], int.from_bytes(base64.b64decode(s["bits"]), "little"), s["loss"])
            if scores[name].correct != s["correct"] or scores[name].bits >> s["n"]:
                faults.append((where, f"{name}: correct", s["correct"], scores[name].correct))
    for what, printed, value in (("sha256", sealed[1].decode(), hashlib.sha256(body).hexdigest()),
                                 ("key", o["key"], hashlib.sha256(spec).hexdigest()),
                                 ("name of the file", os.path.basename(where) if where.endswith(".json") else None, o["key"] + ".json")):
        if printed not in (value, None):
            faults.append((where, what, printed, value))
    history = result.get("history") or [{"accuracy": None}]
    return Trial(o["key"], o["spec"], o["status"], scores, result["layers"], history[-1]["accuracy"])


def worded(method):
    """A method as tables word what plans label."""
    return method.replace("one-shot, steps of ", "one-shot, retrained as often as ")


def identity(spec):
    return json.dumps(spec, sort_keys=True)


def control(spec):
    """The same training and retraining, with nothing pruned; a dropout rate adjusted to the connections left is then the same."""
    levels = []
    for level in spec["levels"]:
        retrain = dict(level["retrain"])
        if retrain["dropout"] == "adjusted":
            retrain["dropout"] = "same"
        levels.append({"prune": {}, "retrain": retrain})
    return {**spec, "levels": levels}


def dense(spec):
    return {k: v for k, v in spec.items() if k != "levels"}


def prunings(spec):
    return [level["prune"] for level in spec["levels"] if level["prune"]]


class Series:
    """One way of pruning: arm, target, method and parameter of the plan; its cells by amount."""

    def __init__(self, study, labels, cells):
        self.study, self.cells = study, cells
        self.arm, self.target, label, self.parameter = labels
        self.method = worded(label)
        trials = [study.trials[c["key"]] for c in cells if c["key"] in study.trials]
        self.layers = {name for t in trials for p in prunings(t.spec) for name in p["layers"]}
        amounts = {c["key"]: c["requested"] for c in cells}
        largest = max(trials, key=lambda t: ("retrain" in t.spec["levels"][-1], amounts[t.key]))
        self.spec = largest.spec  # of its largest amount, retrained where any is
        self.size = sum(l["size"] for l in largest.layers if l["name"] in self.layers)

    def amount(self, value):
        text = repr(value).removesuffix(".0")
        return text if self.parameter == "ratio" else f"{self.parameter} {text}"

    @property
    def retraining(self):
        return self.spec["levels"][0].get("retrain", {})

    @property
    def schedule(self):
        n = len(self.spec["levels"])
        return "rounds" if len(prunings(self.spec)) > 1 else "equal steps" if n > 1 else "one-shot"

    @functools.cache
    def points(self, stage):
        """{amount: {seed: Sample}}, ascending. Before retraining the reference is the dense network, after it the control. At 0 stand
        the references themselves: the dense networks, or the controls of what was retrained most often."""
        found, zero = {}, {}
        for c in self.cells:
            trial = self.study.trials.get(c["key"])
            # A network that was retrained since its pruning is no longer right after it.
            if trial is None or trial.status == "failed" or not (trial.spec["levels"][-1]["prune"] if stage == PRUNED else c["retrain"]):
                continue
            derived = (dense if stage == PRUNED else control)(trial.spec)
            other = self.study.by_spec.get(identity(derived))
            reference = other and other.status != "failed" and other.scores.get("start" if stage == PRUNED else "retrained") or None
            if reference:
                levels = len(derived.get("levels", []))
                if c["seed"] not in zero or levels > len(zero[c["seed"]].trial.spec.get("levels", [])):
                    zero[c["seed"]] = Sample(other, reference, reference, 0.0)
            score = trial.scores.get(stage)
            if score is None:
                continue
            removed = sum(l["removed"] for l in trial.layers if l["name"] in self.layers)
            at = found.setdefault(c["requested"], {})
            if c["seed"] in at and at[c["seed"]].score.bits != score.bits:
                self.study.faults.append((trial.key, "the same network scored twice", at[c["seed"]].score.correct, score.correct))
            at[c["seed"]] = Sample(trial, score, reference, removed / self.size)
        points = {0: zero} if zero else {}
        points.update(sorted(found.items()))
        points = {a: dict(sorted(seeds.items())) for a, seeds in points.items()}
        if self.study.fixed and stage == PRUNED:  # nothing is drawn: the same for every seed
            for a, seeds in points.items():
                if len({v.score.bits for v in seeds.values()}) > 1:
                    self.study.faults.append((f"{self.target}, {a}", "one network from a file, scored differently", 1, len(seeds)))
            points = {a: dict([next(iter(seeds.items()))]) for a, seeds in points.items()}
        return points

    def fixed(self, stage):
        """Whether the series has one network a point, whose interval is over images."""
        return self.study.fixed and stage == PRUNED and bool(self.points(stage))

    def losses(self, stage, amount):
        return {seed: s.loss for seed, s in self.points(stage).get(amount, {}).items() if s.reference}

    def areas(self, stage, lo, hi, of=lambda s: s.loss if s.reference else None):
        """{seed: area under of(sample) from lo to hi}, of the seeds that have every point in the range."""
        points = [p for a, p in self.points(stage).items() if a]
        out, slack = {}, 1 / self.size
        for seed in sorted({seed for p in points for seed in p}):
            needed = [p for p in points if any(lo - slack <= s.sparsity <= hi + slack for s in p.values())]
            if any(seed not in p or of(p[seed]) is None for p in needed):
                continue
            value = inference.area([(p[seed].sparsity, of(p[seed])) for p in points if seed in p and of(p[seed]) is not None], lo, hi, slack)
            if value is not None:
                out[seed] = value
        return out

    def area_across(self, stage, lo, hi):
        """lo, hi of the area of other seeds on other images. An area is linear in its losses: that of an image has the points' weights."""
        points, slack = [p for a, p in self.points(stage).items() if a], 1 / self.size
        x, accuracy = [], 0.0
        for seed in self.areas(stage, lo, hi):
            own = [p[seed] for p in points if seed in p and p[seed].reference]
            weights = [inference.area([(v.sparsity, float(v is w)) for v in own], lo, hi, slack) for w in own]
            accuracy += sum(w * v.score.accuracy for w, v in zip(weights, own))
            bits = [[w * (r - s) for r, s in zip(v.reference.list(), v.score.list())] for w, v in zip(weights, own) if w]
            x.append([sum(column) for column in zip(*bits)])
        return inference.crossed_mean(x, accuracy / len(x))


class Study:
    def __init__(self, folder):
        self.folder, self.name, self.faults = folder, os.path.basename(os.path.normpath(folder)), []
        editions = {int(re.search(r"plan-?(\d*)\.json", p)[1] or 1): p for p in glob.glob(os.path.join(folder, "plan*.json"))}
        with open(editions[max(editions)], encoding="utf-8") as f:
            plan = json.load(f)
        self.plan = plan["plan"] if "plan" in plan else plan["extension"]["plan"]
        self.trials, read = {}, set()
        for where, text in files(folder, self.faults):
            if text not in read:
                t = read_trial(where, text, self.faults)
                if t.key in self.trials:
                    self.faults.append((where, "a trial that is there with other bytes, too", t.key, t.key))
                self.trials[t.key] = t
                read.add(text)
        trials = [self.trials[key] for key in sorted(self.trials)]
        self.fixed = any("source" in t.spec.get("net", {}) for t in trials)  # trained elsewhere, the same for every seed
        self.by_spec = {identity(t.spec): t for t in trials}
        cells = {}
        for c in self.plan["cells"]:
            if c["role"] == "point":
                cells.setdefault((c["arm"], c["target"], c["method"], c["parameter"]), []).append(c)
        self.series = [Series(self, labels, cs) for labels, cs in cells.items() if any(c["key"] in self.trials for c in cs)]
        self.margin = {"mnist": 0.001, "cifar-10": 0.005}.get(trials[0].spec["data"]["name"]) if trials else None

    def dense(self, arm):
        """{seed: the arm's dense network}."""
        return {c["seed"]: self.trials[c["key"]] for c in self.plan["cells"]
                if c["role"] == "dense" and c["arm"] == arm and c["key"] in self.trials}

    def find(self, want):
        return [s for s in self.series if want(s)]

    def budget(self):
        """Of a study that checks a recommendation, as its table's title states it."""
        with open(os.path.join(self.folder, "tables", "recommendation.md"), encoding="utf-8") as f:
            return float(re.search(r"Recommended for ([\d.]+) pp", f.read())[1]) / 100
