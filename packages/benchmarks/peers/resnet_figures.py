"""Writes what tests of @agoge/architectures compare its residual networks with.

    /usr/bin/python3 packages/benchmarks/peers/resnet_figures.py

into packages/architectures/golden: `residual-counts.json`, parameters and multiply-adds of the twins in resnet_twins.py, and
files as those of plain_figures.py. That of WRN-16-2 has no state dict, which would be 1.4 MB, but a `pool` of random numbers that
its tensors take one after another, in the order of `wrn-16-2.json`, from the first again after the last: kernels divide them by
the root of how many numbers an output is made of, others by 8, and scales and variances add 1.
"""

import json
import re

import torch

from plain_figures import OUT, counts, random_state, write_safetensors
from resnet_twins import PreActResNet, ResNet, WideResNet

CIFAR, IMAGENET = (3, 32, 32), (3, 224, 224)


def rows():
    for depth in (18, 34, 50, 101, 152):
        for stem, shape, classes in (("cifar", CIFAR, 10), ("imagenet", IMAGENET, 1000)):
            yield f"resnet{depth}", {"stem": stem}, ResNet(depth, stem, classes), shape
    yield "resnet18", {"strides": "1122"}, ResNet(18, "cifar", 10, strides="1122"), CIFAR
    yield "resnet18", {"strides": "2111"}, ResNet(18, "cifar", 10, strides="2111"), CIFAR
    for wide in (4, 8):
        options = {} if wide == 4 else {"widthPerGroup": 8}
        yield "resnext50", options, ResNet(50, "imagenet", 1000, groups=32, width_per_group=wide), IMAGENET
    yield "resnet152", {"groups": 32, "widthPerGroup": 8}, ResNet(152, "imagenet", 1000, 64, "1222", 32, 8), IMAGENET
    for depth in (18, 50):
        yield f"preActResNet{depth}", {}, PreActResNet(depth), CIFAR
        yield f"preActResNet{depth}", {"finalNormalization": False}, PreActResNet(depth, last=False), CIFAR
    yield "preActResNet18", {"strides": "1122"}, PreActResNet(18, strides="1122"), CIFAR
    for depth, width in ((10, 1), (16, 2), (28, 10), (34, 10), (34, 20), (70, 16)):
        yield "wideResNet", {"depth": depth, "width": width}, WideResNet(depth, width), CIFAR
    yield "wideResNet", {"strides": "112"}, WideResNet(strides="112"), CIFAR


def golden(name, network, shape, state, stored):
    """Logits and input gradients of two images, in float64, beside what the weights are read from."""
    generator = torch.Generator().manual_seed(2)
    images = torch.rand((2, *shape), generator=generator).half()
    direction = torch.randn((2, 10), generator=generator).half()
    network.load_state_dict(state, strict=False)
    network.double().eval()
    x = images.double().requires_grad_()
    logits = network(x)
    (logits * direction.double()).sum().backward()
    print(name, "logits up to", logits.abs().max().item(), "gradient up to", x.grad.abs().max().item())
    figures = {"logits": logits.detach().float(), "gradient": x.grad.float()}
    write_safetensors(OUT / f"{name}.safetensors", {**figures, **stored, "images": images, "direction": direction})


def golden_with_state(name, network, shape):
    """Branches that add little, so that many of them do not make the logits large; exact in float16 all the same."""
    state = random_state(network, torch.Generator().manual_seed(1))
    for key in state:
        if re.search(r"\.(bn2|bn3|conv2|conv3)\.weight$", key):
            state[key] = state[key] / 4
    golden(name, network, shape, state, state)


def golden_wide():
    pool = torch.randn(16381, generator=torch.Generator().manual_seed(1)).half()
    network, state, names, at = WideResNet(16, 2), {}, {}, 0
    for key, value in network.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        drawn = pool.float()[(at + torch.arange(value.numel())) % len(pool)].reshape(value.shape)
        at += value.numel()
        names[key] = list(value.shape)
        if value.dim() > 1:
            state[key] = drawn / value[0].numel() ** 0.5
        else:
            state[key] = drawn / 8 + (1 if key.endswith(("bn1.weight", "bn2.weight", "running_var")) else 0)
    golden("wrn-16-2", network, (3, 16, 16), state, {"pool": pool})
    (OUT / "wrn-16-2.json").write_text(json.dumps(names) + "\n")


def main():
    OUT.mkdir(exist_ok=True)
    table = [{"network": name, "options": options, **counts(twin, shape)} for name, options, twin, shape in rows()]
    note = "PyTorch twins' trainable parameters and multiply-adds, by packages/benchmarks/peers/resnet_figures.py"
    lines = ",\n".join("    " + json.dumps(row) for row in table)
    (OUT / "residual-counts.json").write_text(f'{{\n  "source": "{note}",\n  "counts": [\n{lines}\n  ]\n}}\n')

    golden_with_state("resnet18", ResNet(18, "cifar", 10, width=2), (3, 16, 16))
    golden_with_state("preact-resnet18", PreActResNet(18, width=2), (3, 16, 16))
    golden_with_state("resnext50", ResNet(50, "imagenet", 10, width=2, groups=2), (3, 33, 33))
    golden_wide()


if __name__ == "__main__":
    main()
