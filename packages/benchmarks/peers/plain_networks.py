"""PyTorch twins of the networks without residuals: for MNIST, AlexNet and VGG, from their descriptions.

Modules are named as ours are, so that a state dict has our names. plain_figures.py counts and runs them.
"""

import torch.nn as nn


class Named(nn.Sequential):
    """Modules one after another under names of their own."""

    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)


def two_convolutions(kernel, units, first, last):
    return Named(
        conv1=nn.Conv2d(1, 32, kernel, padding="same"),
        act1=nn.ReLU(),
        maxpool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(32, 64, kernel, padding="same"),
        act2=nn.ReLU(),
        maxpool2=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        **{first: nn.Linear(64 * 7 * 7, units), "act3": nn.ReLU(), last: nn.Linear(units, 10)},
    )


def lenet5():
    return two_convolutions(3, 200, "linear1", "linear2")


def madry_cnn():
    return two_convolutions(5, 1024, "fc1", "fc2")


def trades_cnn():
    features = Named()
    sizes = [1, 32, 32, 64, 64]
    for place in range(1, 5):
        features.add_module(f"conv{place}", nn.Conv2d(sizes[place - 1], sizes[place], 3))
        features.add_module(f"act{place}", nn.ReLU())
        if place % 2 == 0:
            features.add_module(f"maxpool{place // 2}", nn.MaxPool2d(2))
    classifier = Named(
        fc1=nn.Linear(64 * 4 * 4, 200), act1=nn.ReLU(), drop=nn.Dropout(0.5), fc2=nn.Linear(200, 200), act2=nn.ReLU(), fc3=nn.Linear(200, 10)
    )
    return Named(feature_extractor=features, flatten=nn.Flatten(), classifier=classifier)


def fast_at_cnn():
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 100),
        nn.ReLU(),
        nn.Linear(100, 10),
    )


def alex_net(width=64, strides="2222", classes=10):
    first, *pools = map(int, strides)
    times = [1, 3, 6, 4, 4]
    layers, inputs = [], 3
    for place in range(5):
        outputs = times[place] * width
        kernel = 5 if place < 2 else 3
        layers += [nn.Conv2d(inputs, outputs, kernel, first if place == 0 else 1, kernel // 2), nn.ReLU()]
        if place in (0, 1, 4):
            layers.append(nn.MaxPool2d(2, pools[min(place, 2)]))
        inputs = outputs
    head = [nn.Dropout(), nn.Linear(4 * width, 8 * width), nn.ReLU()]
    head += [nn.Dropout(), nn.Linear(8 * width, 8 * width), nn.ReLU(), nn.Linear(8 * width, classes)]
    return Named(
        features=nn.Sequential(*layers), avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), classifier=nn.Sequential(*head)
    )


DEPTHS = {11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4]}


def vgg(depth, width=64, strides="22222", head="rcm", classes=10):
    layers, inputs = [], 3
    for stage, count in enumerate(DEPTHS[depth]):
        outputs = width * [1, 2, 4, 8, 8][stage]
        for _ in range(count):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
            inputs = outputs
        if strides[stage] == "2":
            layers.append(nn.MaxPool2d(2, 2))
    pooled = nn.Identity() if head == "imagenet" else nn.AdaptiveAvgPool2d(1)
    features = inputs * 49 if head == "imagenet" else inputs
    hidden = {"rcm": 4, "paf": 8, "linear": 0, "imagenet": 64}[head] * width
    linear = lambda a, b: [nn.Linear(a, b), nn.ReLU()]
    if head == "linear":
        classifier = nn.Linear(features, classes)
    elif head == "paf":
        classifier = nn.Sequential(
            nn.Dropout(), *linear(features, hidden), nn.Dropout(), *linear(hidden, hidden), nn.Linear(hidden, classes)
        )
    else:
        classifier = nn.Sequential(
            *linear(features, hidden), nn.Dropout(), *linear(hidden, hidden), nn.Dropout(), nn.Linear(hidden, classes)
        )
    return Named(features=nn.Sequential(*layers), avgpool=pooled, flatten=nn.Flatten(), classifier=classifier)
