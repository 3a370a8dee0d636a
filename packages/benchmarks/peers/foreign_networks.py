"""Weights and logits of other people's PyTorch networks, for `node bench/architecture-weights.mjs OUT` to load and compare.

    /usr/bin/python3 packages/benchmarks/peers/foreign_networks.py FOLDER OUT [--only EXPRESSION]

FOLDER holds clones under their repositories' names: TRADES, AWP, robustbench, fast_adversarial, advertorch, pytorch-cifar,
robustness; those that are missing are said and passed over, and so is torchvision where it is not installed. Only the files that
define networks are run. Each network gets random weights, with running statistics that are those of a random batch, or, where
`published` is named, what its authors publish beside their code. Its state dict is saved as `.pt` and converted by the lines of
packages/architectures/docs/convert-pytorch.md. OUT then holds `NAME.safetensors`, `NAME.figures.safetensors` with `images` and
`logits` in PyTorch's layout, and `networks.json`, which says of each what it is here.
"""

import argparse
import importlib
import importlib.util
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import torch
import torch.nn as nn

from plain_figures import write_safetensors

PAGE = Path(__file__).resolve().parents[2] / "architectures" / "docs" / "convert-pytorch.md"
MNIST, CIFAR, IMAGENET = (1, 28, 28), (3, 32, 32), (3, 224, 224)


@dataclass
class Network:
    """One of theirs, and what it is here. `code` is a file, or a folder and a module that is found from there."""

    name: str
    code: str
    make: Callable
    architecture: str
    options: dict = field(default_factory=dict)
    images: tuple = CIFAR
    activation: str = ""
    pixels: Callable = lambda module: {}
    published: str = ""


class Normalized(nn.Module):
    """A model within an attack's, as the `robustness` library saves it: its names, since its own class needs more packages."""

    def __init__(self, model):
        super().__init__()
        self.normalizer, self.model, self.attacker = nn.Module(), model, nn.Module()
        for name, value in (("new_mean", [0.485, 0.456, 0.406]), ("new_std", [0.229, 0.224, 0.225])):
            self.normalizer.register_buffer(name, torch.tensor(value)[:, None, None])
        self.attacker.normalize, self.attacker.model = self.normalizer, model

    def forward(self, x):
        return self.model((x - self.normalizer.new_mean) / self.normalizer.new_std)


def dm_pixels(module):
    return {"mean": list(module.CIFAR10_MEAN), "std": list(module.CIFAR10_STD)}


TORCHVISION = ":torchvision.models"
IMAGENET_STEM = {"stem": "imagenet"}
CIFAR_STEM = {"stem": "cifar"}
ROBUSTBENCH = "robustbench/robustbench/model_zoo/architectures"
WIDE = {"depth": 28, "width": 10}
WIDER = {"depth": 34, "width": 10}


def preact(module, **options):
    return module.PreActResNet(module.PreActBlock, [2, 2, 2, 2], **options)


NETWORKS = [
    Network("torchvision-resnet18", TORCHVISION, lambda m: m.resnet18(), "resnet18", IMAGENET_STEM, IMAGENET),
    Network("torchvision-resnet50", TORCHVISION, lambda m: m.resnet50(), "resnet50", {}, IMAGENET),
    Network("torchvision-resnext50_32x4d", TORCHVISION, lambda m: m.resnext50_32x4d(), "resnext50", {}, IMAGENET),
    Network("torchvision-vgg11_bn", TORCHVISION, lambda m: m.vgg11_bn(), "vgg11", {"head": "imagenet"}, IMAGENET),
    Network("torchvision-vgg16_bn", TORCHVISION, lambda m: m.vgg16_bn(), "vgg16", {"head": "imagenet"}, IMAGENET),
    Network(
        "torchvision-vgg16", TORCHVISION, lambda m: m.vgg16(), "vgg16", {"head": "imagenet", "normalization": "none"}, IMAGENET
    ),
    Network("torchvision-efficientnet_b0", TORCHVISION, lambda m: m.efficientnet_b0(), "efficientNetB0", {}, IMAGENET),
    Network("torchvision-efficientnet_b5", TORCHVISION, lambda m: m.efficientnet_b5(), "efficientNetB5", {"epsilon": 1e-3}, (3, 456, 456)),
    Network("trades-smallcnn", "TRADES/models/small_cnn.py", lambda m: m.SmallCNN(), "tradesCnn", {}, MNIST),
    Network("trades-wrn-34-10", "TRADES/models/wideresnet.py", lambda m: m.WideResNet(), "wideResNet", WIDER),
    Network("trades-resnet18", "TRADES/models/resnet.py", lambda m: m.ResNet18(), "resnet18"),
    Network("awp-preactresnet18", "AWP/AT_AWP/preactresnet.py", lambda m: m.PreActResNet18(), "preActResNet18"),
    Network(
        "awp-wrn-34-10",
        "AWP/AT_AWP/wideresnet.py",
        lambda m: nn.DataParallel(m.WideResNet(34, 10, 10)),
        "wideResNet",
        WIDER,
    ),
    Network("robustbench-resnet18", f"{ROBUSTBENCH}/resnet.py", lambda m: m.ResNet18(), "resnet18"),
    Network("robustbench-resnet50", f"{ROBUSTBENCH}/resnet.py", lambda m: m.ResNet50(), "resnet50", CIFAR_STEM),
    Network(
        "robustbench-preactresnet18",
        f"{ROBUSTBENCH}/resnet.py",
        lambda m: preact(m),
        "preActResNet18",
        {"finalNormalization": False, "shortcut": "input"},
    ),
    Network(
        "robustbench-preactresnet18-bn",
        f"{ROBUSTBENCH}/resnet.py",
        lambda m: preact(m, bn_before_fc=True, out_shortcut=True),
        "preActResNet18",
    ),
    Network("robustbench-wrn-28-10", f"{ROBUSTBENCH}/wide_resnet.py", lambda m: m.WideResNet(), "wideResNet", WIDE),
    Network(
        "robustbench-wrn-28-10-sub-block",
        f"{ROBUSTBENCH}/wide_resnet.py",
        lambda m: m.WideResNet(sub_block1=True),
        "wideResNet",
        WIDE,
    ),
    Network(
        "robustbench-paf-wrn-28-10",
        f"{ROBUSTBENCH}/paf_wide_resnet.py",
        lambda m: m.pssilu_wrn_28_10(),
        "wideResNet",
        WIDE,
        activation="pssilu",
    ),
    Network(
        "robustbench-dm-wrn-28-10-swish",
        f"{ROBUSTBENCH}/dm_wide_resnet.py",
        lambda m: m.DMWideResNet(activation_fn=m.Swish),
        "wideResNet",
        {**WIDE, "code": "deepmind", "activation": "silu"},
        pixels=dm_pixels,
    ),
    Network(
        "robustbench-dm-preactresnet18-swish",
        f"{ROBUSTBENCH}/dm_wide_resnet.py",
        lambda m: m.DMPreActResNet(activation_fn=m.Swish),
        "preActResNet18",
        {"code": "deepmind", "activation": "silu"},
        pixels=dm_pixels,
    ),
    Network("fast-mnist", "fast_adversarial/MNIST/mnist_net.py", lambda m: m.mnist_net(), "fastAtCnn", {}, MNIST),
    Network(
        "fast-mnist-fgsm",
        "fast_adversarial/MNIST/mnist_net.py",
        lambda m: m.mnist_net(),
        "fastAtCnn",
        {},
        MNIST,
        published="fast_adversarial/MNIST/models/fgsm.pth",
    ),
    Network(
        "fast-mnist-pgd",
        "fast_adversarial/MNIST/mnist_net.py",
        lambda m: m.mnist_net(),
        "fastAtCnn",
        {},
        MNIST,
        published="fast_adversarial/MNIST/models/pgd_madry.pth",
    ),
    Network(
        "fast-cifar-preactresnet18",
        "fast_adversarial/CIFAR10/preact_resnet.py",
        lambda m: m.PreActResNet18(),
        "preActResNet18",
        {"shortcut": "input"},
    ),
    Network(
        "advertorch-lenet5madry", "advertorch/advertorch_examples/models.py", lambda m: m.LeNet5Madry(), "madryCnn", {}, MNIST
    ),
    Network(
        "advertorch-wrn-28-10",
        "advertorch/advertorch_examples/models.py",
        lambda m: m.WideResNet(28, 10, 10),
        "wideResNet",
        WIDE,
    ),
    Network("cifar-resnet18", "pytorch-cifar/models/resnet.py", lambda m: nn.DataParallel(m.ResNet18()), "resnet18"),
    Network("cifar-resnet50", "pytorch-cifar/models/resnet.py", lambda m: m.ResNet50(), "resnet50", CIFAR_STEM),
    Network(
        "cifar-preactresnet18",
        "pytorch-cifar/models/preact_resnet.py",
        lambda m: m.PreActResNet18(),
        "preActResNet18",
        {"finalNormalization": False},
    ),
    Network(
        "cifar-preactresnet50",
        "pytorch-cifar/models/preact_resnet.py",
        lambda m: m.PreActResNet50(),
        "preActResNet50",
        {"finalNormalization": False},
    ),
    Network(
        "robustness-resnet50",
        "robustness:robustness.imagenet_models.resnet",
        lambda m: nn.DataParallel(Normalized(m.resnet50())),
        "resnet50",
        {},
        IMAGENET,
    ),
    Network(
        "robustness-cifar-resnet50",
        "robustness:robustness.cifar_models.resnet",
        lambda m: nn.DataParallel(Normalized(m.ResNet50())),
        "resnet50",
        CIFAR_STEM,
    ),
]


def module_of(folder, code):
    """The module that defines a network, and no more of its repository than that imports."""
    place, _, name = code.partition(":")
    if name:
        sys.path.insert(0, str(folder / place))
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(re.sub(r"\W", "_", code), folder / code)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shaken(model, shape):
    """Normalisations with weights that tell them apart, and the statistics of a random batch, which keep logits near 1."""
    normalisations = [each for each in model.modules() if isinstance(each, nn.BatchNorm2d)]
    for each in normalisations:
        nn.init.uniform_(each.weight, 0.5, 1.5)
        nn.init.uniform_(each.bias, -0.2, 0.2)
        each.habit, each.momentum = each.momentum, 1.0
    model.train()
    with torch.no_grad():
        model(torch.rand(4, *shape))
    for each in normalisations:
        each.momentum = each.habit
    last = [each for each in model.modules() if isinstance(each, nn.Linear)][-1]
    nn.init.normal_(last.weight, 0, last.in_features**-0.5)
    nn.init.uniform_(last.bias, -0.1, 0.1)


def convert(saved, target):
    lines = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.S).group(1)
    subprocess.run([sys.executable, "-c", lines, saved, target], check=True)


def write(network, folder, out):
    torch.manual_seed(1)
    module = module_of(folder, network.code)
    model = network.make(module)
    saved = out / f"{network.name}.pt"
    if network.published:
        saved = folder / network.published
        model.load_state_dict(torch.load(saved, map_location="cpu"))
    else:
        shaken(model, network.images)
        torch.save({"epoch": 1, "state_dict": model.state_dict()}, saved)
    convert(saved, out / f"{network.name}.safetensors")
    images = torch.rand(2, *network.images)
    with torch.no_grad():
        logits = model.eval()(images)
    write_safetensors(out / f"{network.name}.figures.safetensors", {"images": images, "logits": logits})
    if not network.published:
        saved.unlink()
    return {
        "name": network.name,
        "keys": len(model.state_dict()),
        "architecture": network.architecture,
        "options": network.options,
        "activation": network.activation,
        "pixels": network.pixels(module),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="regular expression for names; others stay as they were written before")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    listed = given.out / "networks.json"
    written = {each["name"]: each for each in json.loads(listed.read_text())} if listed.exists() else {}
    for network in NETWORKS:
        if not re.search(given.only, network.name):
            continue
        try:
            written[network.name] = write(network, given.folder, given.out)
            listed.write_text(json.dumps(list(written.values()), indent=1) + "\n")
            print(f"{network.name}: written", flush=True)
        except (FileNotFoundError, ImportError) as error:
            print(f"{network.name}: passed over, {error}", flush=True)


if __name__ == "__main__":
    main()
