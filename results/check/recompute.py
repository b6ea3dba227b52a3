#!/usr/bin/env python3
"""Recomputes what is published from the trial files, with no code of the program, and compares.

  python3 results/check/recompute.py [DIR...]    every study beside this folder, or of the folders given
  python3 results/check/recompute.py --claims    the numbers of headline sentences, with intervals over seeds and over images
  python3 results/check/recompute.py --selftest  this script's own statistics against known values

Accuracies are counts of the stored correctness bits. What a study's tables and findings.json print is compared at the printed
precision, ten digits, and so is what its figures' CSV files say of bands, but for their constants, which are simulated again. Disagreements are shown and end with status 1, but for those that known.txt beside this file explains; a line
there that no longer applies is a failure, too. Python 3.11, standard library only.
"""
import collections
import csv
import glob
import os
import re
import sys
import time

sys.dont_write_bytecode = True
import bands
import claims
import findings
import selftest
import tables
from trials import Study

HERE = os.path.dirname(os.path.abspath(__file__))


def agree(printed, value):
    """Whether a printed number is the value, rounded; one unit of the tenth digit is for sums in another order. None is an empty field."""
    if value is None or isinstance(value, str):
        return printed == value or not printed and not value
    try:
        return abs(float(printed) - value) <= 1e-9 * abs(float(printed)) + 1e-15
    except (TypeError, ValueError):
        return False


def folded(path):
    """What the notes of a table say in place of a column that would be the same in every row."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as f:
        return {head.lower(): text for head, text in re.findall(r"^(Method|Target): (.*)\.\s*$", f.read(), re.M)}


class Comparison:
    """Counts what agrees in the files of a study, and keeps what does not."""

    def __init__(self, study):
        self.study, self.agreed, self.left, self.wrong, self.constants = study, collections.Counter(), collections.Counter(), [], {}

    def compare(self, file, row, column, printed, value):
        if agree(printed, value):
            self.agreed[file] += printed not in ("", None)
        else:
            self.wrong.append((f"{self.study.name}/{file}", row, column, printed, value))

    def table(self, path):
        with open(path, encoding="utf-8", newline="") as f:
            head, *lines = csv.reader(f)
        columns = [h if h not in head[:i] else f"{h} {1 + head[:i].count(h)}" for i, h in enumerate(head)]
        rows = [{**dict(zip(columns, line)), **folded(path.removesuffix("csv") + "md")} for line in lines]
        file, name = os.path.relpath(path, self.study.folder), os.path.splitext(os.path.basename(path))[0]
        recompute = tables.TABLES.get(name) or tables.TABLES.get(name.split("-")[0]) if not name.startswith("storage") else None
        seen = set()
        for i, column, value in recompute(self.study, rows, name) if recompute and rows else ():
            row = rows[i] if i < len(rows) else {}
            seen.add((i, column))
            self.compare(file, ", ".join(list(row.values())[:4]) or "missing", column, row.get(column), value)
        for i, row in enumerate(rows):
            for column, field in row.items():
                if (i, column) not in seen and column != "amount" and re.fullmatch(r"-?[\d.]+(e[-+]\d+)?", field):
                    self.left[file] += 1

    def run(self):
        for path in sorted(glob.glob(os.path.join(self.study.folder, "tables", "*.csv"))):
            if os.path.basename(path) != "findings.csv":
                self.table(path)
        for path in sorted(glob.glob(os.path.join(self.study.folder, "figures", "*.csv"))):
            bands.figure(self, path)
        bands.together(self)
        findings.compare(self)
        self.agreed["trials"] += len(self.study.trials)
        self.wrong += [(f"{self.study.name}/{os.path.basename(p)}", "", *rest) for p, *rest in self.study.faults]


def known():
    """{(file, row, column, printed, recomputed): reason} of the lines "file | row | column | printed | recomputed | reason"."""
    with open(os.path.join(HERE, "known.txt"), encoding="utf-8") as f:
        lines = [[p.strip() for p in line.split("|")] for line in f if line.strip() and not line.startswith("#")]
    return {tuple(line[:5]): line[5] for line in lines}


def main(folders):
    start, status, explained = time.time(), 0, known()
    for folder in folders:
        c = Comparison(Study(folder))
        c.run()
        print(f"\n{c.study.name}: {sum(c.agreed.values())} agree, {len(c.wrong)} do not, {sum(c.left.values())} were not recomputed")
        print("  agree: " + ", ".join(f"{os.path.basename(f)} {n}" for f, n in sorted(c.agreed.items())))
        if c.left:
            print("  not recomputed: " + ", ".join(f"{os.path.basename(f)} {n}" for f, n in sorted(c.left.items())))
        for line in c.wrong:
            line = tuple(f"{v:.10g}" if isinstance(v, float) else str(v) for v in line)
            reason = explained.pop(line, None)
            status |= reason is None
            print(f"  {'KNOWN' if reason else 'DISAGREES'}: " + "{} | {} | {} | printed {} | recomputed {}".format(*line) + (f" | {reason}" if reason else ""))
        for line in [k for k in explained if k[0].startswith(c.study.name + "/")]:
            status = 1
            print(f"  known.txt is out of date: {' | '.join(line)} is no longer so")
    print(f"\n{len(folders)} studies in {time.time() - start:.1f} s")
    return status


def studies(folder):
    """The folder itself where it is a study's, else the studies in it."""
    if os.path.exists(os.path.join(folder, "plan.json")):
        return [folder]
    found = sorted(os.path.dirname(p) for p in glob.glob(os.path.join(folder, "*", "plan.json")))
    return found or sys.exit(f"{folder}: no study here")


if __name__ == "__main__":
    given = [a for a in sys.argv[1:] if not a.startswith("-")]
    options = set(sys.argv[1:]) - set(given)
    if options - {"--claims", "--selftest"}:
        sys.exit(__doc__)
    if "--selftest" in options:
        sys.exit(selftest.run())
    found = [study for folder in given or [os.path.join(HERE, "..")] for study in studies(folder)]
    sys.exit(claims.show(found) if "--claims" in options else main(found))
