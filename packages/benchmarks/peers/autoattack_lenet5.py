"""The official AutoAttack on advertorch's LeNet5 and MNIST, as a contestant of bench/autoattack.mjs; or run by hand.

    /usr/bin/python3 autoattack_lenet5.py --autoattack FOLDER --weights FILE.safetensors --mnist FOLDER \
        --attack apgd-ce --norm linf --eps 0.3 --n 1000 --seed 1

FOLDER of --autoattack is a clone of https://github.com/fra31/auto-attack; that of --mnist holds the four files as distributed.
`--attack` is one of its names with the settings of its version standard (but --restarts of APGD and --queries of Square where
given), `standard` itself, or names joined by commas, each on the survivors of those before. Prints a line of JSON: per example
1 where it is still classified right, and the milliseconds.

Without --attack it takes lines of JSON and answers each with one: first the conditions, {"threads", "autoattack", "weights",
"mnist"}, answered with {"words"}; then {"case": {"attack", "norm", "eps", "n", "seed", "batch"}}, answered with {"ms", "robust"}.
Needs PyTorch (Debian's python3-torch will do) and NumPy.
"""

import argparse
import gzip
import json
import struct
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn

NORMS = {"linf": "Linf", "l2": "L2", "l1": "L1"}


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.linear1 = nn.Linear(64 * 7 * 7, 200)
        self.linear2 = nn.Linear(200, 10)
        self.halved = nn.MaxPool2d(2)

    def forward(self, x):
        x = self.halved(self.conv1(x).relu())
        x = self.halved(self.conv2(x).relu())
        return self.linear2(self.linear1(x.flatten(1)).relu())


def read_safetensors(path):
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)

    def read(entry):
        begin, end = (8 + length + each for each in entry["data_offsets"])
        values = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
        return torch.from_numpy(values.copy())

    return {name: read(entry) for name, entry in header.items()}


def read_mnist(folder):
    def read(name, offset):
        return np.frombuffer(gzip.decompress((Path(folder) / name).read_bytes()), np.uint8, offset=offset)

    images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    labels = read("t10k-labels-idx1-ubyte.gz", 8).astype(np.int64)
    return torch.from_numpy(images), torch.from_numpy(labels)


class Official:
    def __init__(self, conditions):
        torch.set_num_threads(conditions["threads"])
        sys.path.insert(0, str(conditions["autoattack"]))
        from autoattack import AutoAttack

        self.make = AutoAttack
        self.model = LeNet5().eval()
        self.model.load_state_dict(read_safetensors(conditions["weights"]))
        for each in self.model.parameters():
            each.requires_grad_(False)
        self.images, self.labels = read_mnist(conditions["mnist"])
        self.words = f"auto-attack, PyTorch {torch.__version__}, {torch.get_num_threads()} threads"

    def turn(self, attack, norm, eps, n, seed=0, batch=250, restarts=None, queries=None):
        x, y = self.images[:n], self.labels[:n]
        official = self.make(self.model, NORMS[norm], eps, seed=seed, verbose=False, version="standard", device="cpu")
        if attack != "standard":
            official.attacks_to_run = attack.split(",")
        official.apgd.n_restarts = restarts or official.apgd.n_restarts
        official.square.n_queries = queries or official.square.n_queries
        start = time.perf_counter()
        found = official.run_standard_evaluation(x, y, bs=batch)
        seconds = time.perf_counter() - start
        with torch.no_grad():
            robust = torch.cat([self.model(each) for each in found.split(1000)]).argmax(1) == y
        return {"ms": seconds * 1000, "robust": robust.int().tolist()}


def serve(answers):
    official = None
    for line in sys.stdin:
        try:
            asked = json.loads(line)
            if official is None:
                official = Official(asked)
                answer = {"words": official.words}
            else:
                answer = official.turn(**asked["case"])
        except Exception as error:  # told to who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def main():
    # The official code warns on stdout.
    answers, sys.stdout = sys.stdout, sys.stderr
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--autoattack", "--weights", "--mnist", "--attack"):
        parser.add_argument(name)
    parser.add_argument("--norm", choices=NORMS, default="linf")
    parser.add_argument("--eps", type=float, default=0.3)
    for name, default in (("--n", 1000), ("--seed", 0), ("--batch", 250), ("--threads", 1)):
        parser.add_argument(name, type=int, default=default)
    for name in ("--restarts", "--queries"):
        parser.add_argument(name, type=int, default=argparse.SUPPRESS)
    given = vars(parser.parse_args())
    if given["attack"] is None:
        return serve(answers)
    conditions = {name: given.pop(name) for name in ("autoattack", "weights", "mnist", "threads")}
    answer = Official(conditions).turn(**given)
    weights = Path(conditions["weights"]).stem
    print(json.dumps({"weights": weights, **given, "survivors": sum(answer["robust"]), **answer}), file=answers)


if __name__ == "__main__":
    main()
