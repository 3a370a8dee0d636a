"""Writes what tests of @agoge/architectures compare its networks without residuals, and EfficientNet, with.

    /usr/bin/python3 packages/benchmarks/peers/plain_figures.py

into packages/architectures/golden: `plain-counts.json`, parameters and multiply-adds of the twins in plain_networks.py and
efficientnet.py (counted on PyTorch's meta device, so the largest takes no memory), and a safetensors file for each of some
narrow twins with random weights: its state dict, `images` and `direction`, all exact in float16; `logits` and `gradient`, that
of sum(logits * direction) to the images, computed in float64. PyTorch's layouts throughout.
"""

import json
import struct
from pathlib import Path

import torch
import torch.nn as nn

import plain_networks as plain
from efficientnet import PUBLISHED, EfficientNet

OUT = Path(__file__).resolve().parents[2] / "architectures" / "golden"
DTYPES = {torch.float16: "F16", torch.float32: "F32"}


def counts(network, shape):
    """Trainable parameters, and multiply-adds of convolutions and linear layers for one image."""
    network = network.to("meta").eval()
    total = 0

    def count(module, given, output):
        nonlocal total
        positions = output.shape[2:].numel() if output.dim() == 4 else 1
        total += module.weight.numel() * positions

    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(count)
    with torch.no_grad():
        network(torch.empty(1, *shape, device="meta"))
    return {"parameters": sum(each.numel() for each in network.parameters()), "multiplyAdds": total}


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        content = tensor.contiguous().numpy().tobytes()
        header[name] = {
            "dtype": DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(content)],
        }
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def random_state(network, generator):
    """Weights and statistics that keep the logits near 1, exact in float16."""
    state = {}
    for key, value in network.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        drawn = torch.randn(value.shape, generator=generator)
        if key.endswith("running_var"):
            drawn = drawn.square() * 0.2 + 0.5
        elif value.dim() == 1:
            drawn = drawn * 0.2 + (1 if key.endswith("weight") else 0)
        else:
            drawn *= (2 / value[0].numel()) ** 0.5
        state[key] = drawn.half()
    return state


def golden(name, shape, **twins):
    """One file for twins that share their weights; of each its logits and gradient, under its name."""
    generator = torch.Generator().manual_seed(1)
    state = random_state(next(iter(twins.values())), generator)
    images = torch.rand((2, *shape), generator=generator).half()
    direction = torch.randn((2, 10), generator=generator).half()
    results = {}
    for twin, network in twins.items():
        network.load_state_dict(state, strict=False)
        network.double().eval()
        x = images.double().requires_grad_()
        logits = network(x)
        (logits * direction.double()).sum().backward()
        print(name, twin, "logits up to", logits.abs().max().item(), "gradient up to", x.grad.abs().max().item())
        results.update({f"{twin}/logits": logits.detach().float(), f"{twin}/gradient": x.grad.float()})
    write_safetensors(OUT / f"{name}.safetensors", {**results, **state, "images": images, "direction": direction})


def main():
    OUT.mkdir(exist_ok=True)
    mnist, cifar, imagenet = (1, 28, 28), (3, 32, 32), (3, 224, 224)
    rows = [
        ("lenet5", {}, plain.lenet5(), mnist),
        ("madryCnn", {}, plain.madry_cnn(), mnist),
        ("tradesCnn", {}, plain.trades_cnn(), mnist),
        ("fastAtCnn", {}, plain.fast_at_cnn(), mnist),
        ("alexNet", {}, plain.alex_net(), cifar),
        ("alexNet", {"strides": "1122"}, plain.alex_net(strides="1122"), cifar),
    ]
    for depth in plain.DEPTHS:
        rows.append((f"vgg{depth}", {}, plain.vgg(depth), cifar))
        rows.append((f"vgg{depth}", {"head": "imagenet"}, plain.vgg(depth, head="imagenet", classes=1000), imagenet))
    rows.append(("vgg16", {"head": "paf"}, plain.vgg(16, head="paf"), cifar))
    rows.append(("vgg16", {"head": "linear", "strides": "11222"}, plain.vgg(16, strides="11222", head="linear"), cifar))
    for name, (width, depth, resolution) in PUBLISHED.items():
        rows.append((name, {}, EfficientNet(width, depth), (3, resolution, resolution)))
    table = [{"network": name, "options": options, **counts(twin, shape)} for name, options, twin, shape in rows]
    note = "PyTorch twins' trainable parameters and multiply-adds, by packages/benchmarks/peers/plain_figures.py"
    lines = ",\n".join("    " + json.dumps(row) for row in table)
    (OUT / "plain-counts.json").write_text(f'{{\n  "source": "{note}",\n  "counts": [\n{lines}\n  ]\n}}\n')

    golden("vgg11", cifar, plain=plain.vgg(11, width=2))
    golden("alex-net", cifar, plain=plain.alex_net(width=2, strides="1122"))
    twins = {padding: EfficientNet(0.1, 0.3, 10, padding) for padding in ("symmetric", "same")}
    golden("efficient-net", (3, 31, 30), **twins)


if __name__ == "__main__":
    main()
