"""Times PyTorch at the cases of bench/webgpu-against-pytorch.mjs, which starts this and takes turns with it.

Reads lines of JSON, {"case": name, "repeat": count}, and answers each with {"ms": per call}; the first line is
{"smoke": bool}, answered with {"device": words}. Float32 throughout, TF32 off, kernels chosen by cuDNN's own search.
"""

import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


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


def resnet18(width):
    layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    inner = width
    for stage in range(4):
        for i in range(2):
            outer = width * 2**stage
            layers.append(Block(inner, outer, 2 if stage > 0 and i == 0 else 1))
            inner = outer
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inner, 10))


def convolution(device, batch, size, channels):
    x = torch.randn(batch, channels, size, size, device=device)
    w = torch.randn(channels, channels, 3, 3, device=device)
    dy = torch.randn(batch, channels, size, size, device=device)
    backward = lambda mask: torch.ops.aten.convolution_backward(
        dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, mask
    )
    return {
        "conv forward": lambda: F.conv2d(x, w, padding=1),
        "conv input gradient": lambda: backward([True, False, False]),
        "conv filter gradient": lambda: backward([False, True, False]),
    }


def network(device, batch, size, width):
    x = torch.rand(batch, 3, size, size, device=device)
    y = torch.arange(batch, device=device) % 10
    model = resnet18(width).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def input_gradient():
        model.eval()
        for each in model.parameters():
            each.requires_grad_(False)
        given = x.clone().requires_grad_(True)
        torch.autograd.grad(F.cross_entropy(model(given), y), given)

    def training_step():
        model.train()
        for each in model.parameters():
            each.requires_grad_(True)
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return {
        f"ResNet-18 input gradient, batch {batch}": input_gradient,
        f"ResNet-18 training step, batch {batch}": training_step,
    }


def main():
    smoke = json.loads(sys.stdin.readline())["smoke"]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    name = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
    answer({"device": f"PyTorch {torch.__version__}, {device} ({name})"})

    if smoke:
        cases = {**convolution(device, 2, 8, 8), **network(device, 2, 16, 4)}
    else:
        cases = {**convolution(device, 128, 32, 64), **network(device, 32, 32, 64), **network(device, 128, 32, 64)}
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    for line in sys.stdin:
        asked = json.loads(line)
        run = cases[asked["case"]]
        wait()
        start = time.perf_counter()
        for _ in range(asked["repeat"]):
            run()
        wait()
        answer({"ms": (time.perf_counter() - start) * 1000 / asked["repeat"]})


def answer(what):
    print(json.dumps(what), flush=True)


main()
