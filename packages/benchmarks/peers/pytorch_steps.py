"""PyTorch as a contestant of bench/turns.mjs, which starts this and takes turns with it.

Lines of JSON in, lines of JSON out. First the conditions, {"threads": n, "device": "cpu" or "cuda"}, answered with {"words"};
then cases, {"case": what, "calls": n}, each answered with {"ms": per call, "check": a number of the last call's result, "peak":
bytes}, or with {"error"}. What a case is stands in bench/cases.mjs; images, filters and weights are the same numbers as there.
Eager, float32, TF32 off; each call takes fresh images and its result is read.
"""

import itertools
import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from philox import uniform


class Block(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.shortcut = nn.Sequential()
        if stride != 1 or inner != outer:
            self.shortcut = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class WideBlock(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(inner, outer, 1, stride, bias=False) if inner != outer else None

    def forward(self, x):
        before = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(before))))
        return y + (self.shortcut(before) if self.shortcut else x)


def stages(block, widths, depth, inner):
    layers = []
    for stage, outer in enumerate(widths):
        for place in range(depth):
            layers.append(block(inner, outer, 2 if stage > 0 and place == 0 else 1))
            inner = outer
    return layers


def head(inner):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inner, 10)]


def resnet18(width=64):
    stem = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    widths = [width, 2 * width, 4 * width, 8 * width]
    return nn.Sequential(*stem, *stages(Block, widths, 2, width), *head(8 * width))


def wide_resnet(width=10):
    widths = [16 * width, 32 * width, 64 * width]
    blocks = stages(WideBlock, widths, 4, 16)
    last = [nn.BatchNorm2d(64 * width), nn.ReLU()]
    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), *blocks, *last, *head(64 * width))


def lenet5():
    features = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    features += [nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    return nn.Sequential(*features, nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


NETWORKS = {
    "resnet18": (resnet18, (3, 32, 32), 11173962),
    "wrn-28-10": (wide_resnet, (3, 32, 32), 36479194),
    "lenet5": (lenet5, (1, 28, 28), 61706),
}


def filled(seed, shape):
    """What bench/filled.mjs fills a shape with."""
    return ((np.arange(math.prod(shape)) * 7919 + seed * 104729) % 1009 / 1009).astype(np.float32).reshape(shape)


def images(seed, n, shape):
    """The images [n, height, width, channels] of that seed, as PyTorch takes them."""
    channels, height, width = shape
    return np.ascontiguousarray(filled(seed, (n, height, width, channels)).transpose(0, 3, 1, 2))


def batches(n, shape):
    """Two batches in turns, without end."""
    return itertools.cycle([images(seed, n, shape) for seed in (1, 2)])


def started(model):
    """With the weights that bench/networks.mjs gives its networks, which come flattened channels last."""
    before = None
    for each in model.modules():
        if not isinstance(each, (nn.Conv2d, nn.Linear)):
            continue
        outer, inner, *window = each.weight.shape
        size = each.weight.numel()
        limit = math.sqrt(6 * outer / size)
        name = "x".join(str(length) for length in (*window, inner, outer))
        numbers = torch.tensor(uniform(0, 0, name, size, -limit, limit))
        if window:
            numbers = numbers.reshape(*window, inner, outer).permute(3, 2, 0, 1)
        else:
            numbers = numbers.reshape(inner // before, before, outer).permute(2, 1, 0).reshape(outer, inner)
        with torch.no_grad():
            each.weight.copy_(numbers)
            if each.bias is not None:
                each.bias.zero_()
        before = outer
    return model


class Peer:
    def __init__(self, device):
        self.device = device
        self.model = None
        self.cases = {}

    def network(self, name, width):
        """The network last asked for: its rows take turns on the same weights."""
        if self.model is None or self.model[0] != (name, width):
            make, _, parameters = NETWORKS[name]
            model = make() if width is None else make(width)
            count = sum(each.numel() for each in model.parameters())
            if width is None and count != parameters:
                raise ValueError(f"{name} has {count} weights that are trained, must have {parameters}")
            self.model = ((name, width), started(model).to(self.device))
        return self.model[1]

    def prepare(self, asked):
        kind = asked["kind"]
        if kind == "network":
            return self.of_network(asked)
        return self.of_convolution(asked) if kind == "convolution" else self.of_product(asked["size"])

    def of_network(self, asked):
        model = self.network(asked["network"], asked.get("width"))
        row = asked["row"]
        pixels = batches(asked["batch"], NETWORKS[asked["network"]][1])
        y = torch.arange(asked["batch"], device=self.device) % 10

        def fresh():
            return torch.tensor(next(pixels)).to(self.device)

        def mode():
            model.train(row == "training step")
            for each in model.parameters():
                each.requires_grad_(row in ("input gradient, weights fed", "training step"))

        def forward():
            with torch.inference_mode():
                return model(fresh()).cpu().numpy()

        def input_gradient():
            x = fresh().requires_grad_(True)
            loss = F.cross_entropy(model(x), y, reduction="sum")
            return torch.autograd.grad(loss, x)[0].cpu().numpy()

        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

        def training_step():
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(fresh()), y)
            loss.backward()
            optimizer.step()
            return loss.item()

        return mode, {"forward": forward, "training step": training_step}.get(row, input_gradient)

    def of_convolution(self, asked):
        size, kernel, stride = asked["size"], asked["kernel"], asked["stride"]
        padded = size + 2 if stride > 1 and kernel > 1 else size
        padding = (kernel - 1) // 2 if stride == 1 else 0
        inner, outer, out = asked["from"], asked["to"], size // stride
        x = torch.tensor(images(1, asked["batch"], (inner, padded, padded))).to(self.device)
        dy = torch.tensor(images(2, asked["batch"], (outer, out, out))).to(self.device)
        w = torch.tensor(filled(3, (kernel, kernel, inner, outer)).transpose(3, 2, 0, 1).copy()).to(self.device)

        def forward():
            with torch.inference_mode():
                return F.conv2d(x, w, None, stride, padding)[0, 0, 0, 0].item()

        def backward(which):
            mask = [each == which for each in (0, 1, 2)]
            found = torch.ops.aten.convolution_backward(
                dy, x, w, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1, mask
            )
            return found[which][0, 0, 0, 0].item()

        calls = {
            "forward": forward,
            "input gradient": lambda: backward(0),
            "filter gradient": lambda: backward(1),
        }
        return (lambda: None), calls[asked["row"]]

    def of_product(self, size):
        a, b = (torch.tensor(filled(seed, (size, size))).to(self.device) for seed in (1, 2))
        return (lambda: None), (lambda: (a @ b)[0, 0].item())

    def turn(self, asked, calls):
        key = json.dumps(asked)
        if key not in self.cases:
            self.cases[key] = self.prepare(asked)
        mode, call = self.cases[key]
        mode()
        start = time.perf_counter()
        for _ in range(calls):
            result = call()
        ms = (time.perf_counter() - start) * 1000 / calls
        check = {} if result is None else {"check": check_of(np.asarray(result, np.float64))}
        return {"ms": ms, **check, "peak": peak_memory()}


def check_of(result):
    """As in bench/contestant.mjs: the mean absolute entry, of two images where it is image by image."""
    mean = float(np.abs(result[:2] if result.ndim else result).mean())
    return mean if math.isfinite(mean) else None


def peak_memory():
    """The largest resident set so far, in bytes; only Linux tells."""
    try:
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        return None


def answer(what):
    print(json.dumps(what), flush=True)


def main(contestant):
    conditions = json.loads(sys.stdin.readline())
    device = conditions.get("device", "cpu")
    torch.set_num_threads(conditions["threads"])
    torch.set_num_interop_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    name = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
    answer({"name": f"PyTorch {torch.__version__}", "words": f"PyTorch {torch.__version__}, eager, {device} ({name})"})
    peer = contestant(device)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer(peer.turn(asked["case"], asked["calls"]))
        except Exception as cause:
            answer({"error": f"{type(cause).__name__}: {cause}".splitlines()[0]})


if __name__ == "__main__":
    main(Peer)
