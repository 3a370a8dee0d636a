"""PyTorch twins of the residual networks, from the papers; modules are called as in the code that their weights come from.

K. He et al., Deep residual learning (CVPR 2016) and Identity mappings (ECCV 2016); S. Xie et al., Aggregated residual
transformations (CVPR 2017); S. Zagoruyko and N. Komodakis, Wide residual networks (BMVC 2016). resnet_figures.py counts and
runs them.
"""

import torch.nn as nn
import torch.nn.functional as F

DEPTHS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def convolution(inner, outer, kernel, stride=1, groups=1):
    return nn.Conv2d(inner, outer, kernel, stride, kernel // 2, groups=groups, bias=False)


def branch_plan(bottleneck, planes, stride, width=None, groups=1):
    """(outer, kernel, stride, groups) of a branch's convolutions."""
    if not bottleneck:
        return [(planes, 3, stride, 1), (planes, 3, 1, 1)]
    width = width or planes
    return [(width, 1, 1, 1), (width, 3, stride, groups), (4 * planes, 1, 1, 1)]


class Block(nn.Module):
    def __init__(self, inner, plan, stride, shortcut):
        super().__init__()
        self.steps, self.shortcut_name = len(plan), None
        before = inner
        for i, (outer, kernel, step, groups) in enumerate(plan, 1):
            setattr(self, f"conv{i}", convolution(before, outer, kernel, step, groups))
            setattr(self, f"bn{i}", nn.BatchNorm2d(outer))
            before = outer
        if stride != 1 or inner != before:
            self.shortcut_name = shortcut
            setattr(self, shortcut, nn.Sequential(convolution(inner, before, 1, stride), nn.BatchNorm2d(before)))
        self.outer = before

    def forward(self, x):
        y = x
        for i in range(1, self.steps + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = F.relu(y) if i < self.steps else y
        return F.relu(y + (getattr(self, self.shortcut_name)(x) if self.shortcut_name else x))


class ResNet(nn.Module):
    def __init__(self, depth, stem, classes, width=64, strides="1222", groups=1, width_per_group=64):
        super().__init__()
        self.stem = stem
        shortcut, self.head = ("shortcut", "linear") if stem == "cifar" else ("downsample", "fc")
        self.conv1 = convolution(3, width, 3) if stem == "cifar" else convolution(3, width, 7, 2)
        self.bn1 = nn.BatchNorm2d(width)
        inner = width
        for stage, (blocks, first) in enumerate(zip(DEPTHS[depth], map(int, strides))):
            layer, planes = nn.Sequential(), width * 2**stage
            for place in range(blocks):
                stride = first if place == 0 else 1
                plan = branch_plan(depth >= 50, planes, stride, planes * width_per_group // 64 * groups, groups)
                layer.append(Block(inner, plan, stride, shortcut))
                inner = layer[-1].outer
            setattr(self, f"layer{stage + 1}", layer)
        setattr(self, self.head, nn.Linear(inner, classes))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, 3, 2, 1) if self.stem == "imagenet" else x
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return getattr(self, self.head)(x.mean((2, 3)))


class PreActBlock(nn.Module):
    def __init__(self, inner, plan, stride):
        super().__init__()
        self.steps, before = len(plan), inner
        for i, (outer, kernel, step, _) in enumerate(plan, 1):
            setattr(self, f"bn{i}", nn.BatchNorm2d(before))
            setattr(self, f"conv{i}", convolution(before, outer, kernel, step))
            before = outer
        if stride != 1 or inner != before:
            self.shortcut = nn.Sequential(convolution(inner, before, 1, stride))
        self.outer = before

    def forward(self, x):
        y = F.relu(self.bn1(x))
        straight = self.shortcut(y) if hasattr(self, "shortcut") else x
        y = self.conv1(y)
        for i in range(2, self.steps + 1):
            y = getattr(self, f"conv{i}")(F.relu(getattr(self, f"bn{i}")(y)))
        return y + straight


class PreActResNet(nn.Module):
    def __init__(self, depth, width=64, strides="1222", last=True):
        super().__init__()
        self.conv1 = convolution(3, width, 3)
        inner = width
        for stage, (blocks, first) in enumerate(zip(DEPTHS[depth], map(int, strides))):
            layer = nn.Sequential()
            for place in range(blocks):
                stride = first if place == 0 else 1
                layer.append(PreActBlock(inner, branch_plan(depth >= 50, width * 2**stage, stride), stride))
                inner = layer[-1].outer
            setattr(self, f"layer{stage + 1}", layer)
        self.bn = nn.BatchNorm2d(inner) if last else None
        self.linear = nn.Linear(inner, 10)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        x = F.relu(self.bn(x)) if self.bn else x
        return self.linear(x.mean((2, 3)))


class WideBlock(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inner), convolution(inner, outer, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outer), convolution(outer, outer, 3)
        self.convShortcut = convolution(inner, outer, 1, stride) if stride != 1 or inner != outer else None

    def forward(self, x):
        y = F.relu(self.bn1(x))
        straight = self.convShortcut(y) if self.convShortcut else x
        return self.conv2(F.relu(self.bn2(self.conv1(y)))) + straight


class Stage(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.layer = nn.Sequential(*blocks)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth=28, width=10, strides="122"):
        super().__init__()
        self.conv1 = convolution(3, 16, 3)
        inner = 16
        for stage, first in enumerate(map(int, strides)):
            outer, blocks = 16 * width * 2**stage, []
            for place in range((depth - 4) // 6):
                blocks.append(WideBlock(inner, outer, first if place == 0 else 1))
                inner = outer
            setattr(self, f"block{stage + 1}", Stage(blocks))
        self.bn1 = nn.BatchNorm2d(inner)
        self.fc = nn.Linear(inner, 10)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))
