"""A PyTorch twin of EfficientNet, from the paper's table 1 and its rules of scaling; modules are named as torchvision's are."""

import math

import torch.nn as nn


def scaled(channels, width):
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


class Same(nn.Module):
    """Zeros as TensorFlow's `same` adds them: one less before than after where they are odd."""

    def __init__(self, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x):
        pads = []
        for size in reversed(x.shape[2:]):
            total = max((math.ceil(size / self.stride) - 1) * self.stride + self.kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return nn.functional.pad(x, pads)


def activated(inputs, outputs, kernel, stride=1, groups=1, padding="symmetric"):
    symmetric = padding == "symmetric" or stride == 1
    convolution = nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2 if symmetric else 0, groups=groups, bias=False
    )
    layers = [convolution, nn.BatchNorm2d(outputs), nn.SiLU()]
    if not symmetric:
        convolution.register_forward_pre_hook(lambda module, given, pad=Same(kernel, stride): (pad(given[0]),))
    return nn.Sequential(*layers)


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.SiLU()

    def forward(self, x):
        return x * self.fc2(self.activation(self.fc1(self.avgpool(x)))).sigmoid()


class MbConv(nn.Module):
    def __init__(self, inputs, outputs, expand, kernel, stride, padding):
        super().__init__()
        inner = inputs * expand
        layers = [activated(inputs, inner, 1)] if expand > 1 else []
        layers.append(activated(inner, inner, kernel, stride, inner, padding))
        layers.append(SqueezeExcite(inner, max(1, int(inputs * 0.25))))
        layers.append(nn.Sequential(nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs)))
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.block(x) if self.residual else self.block(x)


# Expansion, channels, blocks, kernel, stride.
STAGES = [
    (1, 16, 1, 3, 1),
    (6, 24, 2, 3, 2),
    (6, 40, 2, 5, 2),
    (6, 80, 3, 3, 2),
    (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
]

# Width, depth, resolution.
PUBLISHED = {
    "efficientNetB0": (1.0, 1.0, 224),
    "efficientNetB1": (1.0, 1.1, 240),
    "efficientNetB2": (1.1, 1.2, 260),
    "efficientNetB3": (1.2, 1.4, 300),
    "efficientNetB4": (1.4, 1.8, 380),
    "efficientNetB5": (1.6, 2.2, 456),
    "efficientNetB6": (1.8, 2.6, 528),
    "efficientNetB7": (2.0, 3.1, 600),
    "efficientNetL1": (3.9, 3.7, 600),
}


class EfficientNet(nn.Module):
    def __init__(self, width=1.0, depth=1.0, classes=1000, padding="symmetric"):
        super().__init__()
        inputs = scaled(32, width)
        features = [activated(3, inputs, 3, 2, padding=padding)]
        for expand, channels, blocks, kernel, stride in STAGES:
            outputs, stage = scaled(channels, width), []
            for place in range(math.ceil(blocks * depth)):
                stage.append(MbConv(inputs, outputs, expand, kernel, stride if place == 0 else 1, padding))
                inputs = outputs
            features.append(nn.Sequential(*stage))
        last = scaled(1280, width)
        features.append(activated(inputs, last, 1))
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, classes))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))
