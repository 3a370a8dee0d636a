"""Readers, augmentations and corruptions in Python, as a contestant of `agoge bench --only data`.

Lines of JSON in, lines of JSON out: first the conditions {"threads", "photograph", "files"}, answered with {"name", "words"}; then
{"case": {"row", "batch"}, "calls"}, answered with {"ms"} per call for so many images, as batches of 128, without worker processes.
Augmentations are torchvision's on Pillow images, one after another, as its examples for CIFAR have them; cutout, CutMix and
MixUp, which this torchvision lacks, are written with torch; corruptions are those of corruption_figures.py.

    apt-get install python3-torchvision python3-pil (and, for corruptions, what corruption_figures.py names)
"""

import io
import json
import sys
import time

import numpy as np
import scipy.io
import torch
import torchvision
from PIL import Image
from torchvision import transforms

BATCH = 128
AUGMENTATIONS = {
    "crop": [transforms.RandomCrop(32, padding=4)],
    "flip": [transforms.RandomHorizontalFlip()],
    "crop and flip": [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()],
    "autoAugment": [transforms.AutoAugment(transforms.AutoAugmentPolicy.CIFAR10)],
    "randAugment": [transforms.RandAugment()],
    "cutout": [],
}


def noise(images):
    return np.random.default_rng(0).integers(0, 256, (images, 32, 32, 3), np.uint8)


def batches(pixels, labels, order):
    for at in range(0, len(order), BATCH):
        some = order[at : at + BATCH]
        yield torch.from_numpy(pixels[some]).permute(0, 3, 1, 2).float().div(255), labels[some]


def cut(x):
    row, column = np.random.randint(32, size=2)
    x[:, max(0, row - 8) : row + 8, max(0, column - 8) : column + 8] = 0.5
    return x


def mix(x, y, name):
    share = float(np.random.beta(1, 1))
    other = torch.randperm(len(x))
    if name == "mixUp":
        x = share * x + (1 - share) * x[other]
    else:
        half, (row, column) = int(32 * (1 - share) ** 0.5) // 2, np.random.randint(32, size=2)
        place = slice(max(0, row - half), row + half), slice(max(0, column - half), column + half)
        x[:, :, place[0], place[1]] = x[other][:, :, place[0], place[1]]
    soft = torch.nn.functional.one_hot(y, 10).float()
    return x, share * soft + (1 - share) * soft[other]


def stored(name, files):
    """Images [n, 32, 32, 3] of a file that data_files.py wrote."""
    if name == "read svhn":
        return scipy.io.loadmat(f"{files}/svhn.mat")["X"].transpose(3, 0, 1, 2)
    if name == "read npz":
        return np.load(f"{files}/images.npz")["image"]
    return np.loadtxt(f"{files}/images.csv", np.uint8, delimiter=",")[:, 1:].reshape(-1, 32, 32, 3)


def work(name, images, seed, photograph, files):
    pixels, labels = noise(images), torch.arange(images) % 10
    order = np.random.default_rng(seed).permutation(images)
    if name in ("batches", "read cifar", "read idx"):
        content = pixels.tobytes()

        def read():
            if name == "batches":
                return [None for _ in batches(pixels, labels, order)]
            shape = (-1, 3, 32, 32) if name == "read cifar" else (-1, 32, 96, 1)
            read = np.frombuffer(content, np.uint8).reshape(shape)
            read = read.transpose(0, 2, 3, 1) if name == "read cifar" else read
            return [None for _ in batches(read, labels, np.arange(images))]

        return read
    if name in ("read svhn", "read npz", "read csv"):
        return lambda: [None for _ in batches(stored(name, files), labels, np.arange(images))]
    if name == "photograph":
        steps = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])
        return lambda: [steps(Image.open(io.BytesIO(photograph)).convert("RGB")) for _ in range(images)]
    if name in AUGMENTATIONS:
        steps = transforms.Compose([*AUGMENTATIONS[name], transforms.ToTensor()])

        def augment():
            for at in range(0, images, BATCH):
                some = [steps(Image.fromarray(pixels[i])) for i in order[at : at + BATCH]]
                torch.stack([cut(x) for x in some] if name == "cutout" else some)

        return augment
    if name in ("cutMix", "mixUp"):
        return lambda: [mix(x, y, name) for x, y in batches(pixels, labels, order)]
    from corruption_figures import LEVELS, corrupted

    if name not in LEVELS:
        raise ValueError("it has none")
    level = LEVELS[name][0][2]
    return lambda: [np.uint8(255 * np.clip(corrupted(name, each, level, 1), 0, 1)) for each in pixels]


def main():
    conditions = json.loads(sys.stdin.readline())
    torch.set_num_threads(conditions["threads"])
    name = conditions.get("photograph")
    photograph = open(name, "rb").read() if name else None
    versions = [f"{each.__name__} {each.__version__}" for each in (torchvision, torch)]
    print(json.dumps({"name": versions[0], "words": ", ".join(versions)}), flush=True)
    seed = 0
    for line in sys.stdin:
        try:
            asked = json.loads(line)
            seconds = 0
            for _ in range(asked["calls"]):
                case = asked["case"]
                timed = work(case["row"], case["batch"], seed, photograph=photograph, files=conditions.get("files"))
                seed += 1
                start = time.perf_counter()
                timed()
                seconds += time.perf_counter() - start
            answer = {"ms": 1000 * seconds / asked["calls"]}
        except Exception as error:
            answer = {"error": str(error).split("\n")[0]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
