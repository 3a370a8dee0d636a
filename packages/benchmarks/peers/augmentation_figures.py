"""Golden figures of the image operations of AutoAugment and RandAugment, by torchvision on Pillow images.

    apt-get install python3-torchvision python3-pil
    /usr/bin/python3 augmentation_figures.py > ../../datasets/test/golden/image-operations.json

Every operation at four places of torchvision's scale of 31, either sign, on an image of 13 x 15 in colour, in grey, and in
colour with a colour missing; and torchvision's policies. Answers are bytes, base64.
"""

import base64
import json

import numpy as np
import PIL
import torchvision
from PIL import Image
from torchvision.transforms import autoaugment

PLACES = (1, 9, 22, 30)


def drawn(channels):
    row, column = np.mgrid[0:13, 0:15].astype(float)
    image = np.stack([16 * column + row, 40 + 12 * row, 128 + 90 * np.sin(column * row / 40)], 2)
    image[3:7, 2:6] = (230, 60, 20)
    image[(row - 8) ** 2 + (column - 10) ** 2 < 9] = (20, 200, 120)
    image = np.uint8(np.clip(image, 6, 246))
    return image[..., 0] if channels == 1 else image


def text(image):
    return base64.b64encode(np.ascontiguousarray(np.asarray(image), np.uint8).tobytes()).decode()


def cases(picture):
    height, width = picture.shape[:2]
    scales = autoaugment.RandAugment(num_magnitude_bins=31)._augmentation_space(31, (height, width))
    scales["Invert"] = scales["Identity"]
    for name, (magnitudes, signed) in scales.items():
        for place in PLACES if magnitudes.ndim else (0,):
            for sign in (1, -1) if signed else (1,):
                magnitude = sign * float(magnitudes[place] if magnitudes.ndim else 0)
                image = Image.fromarray(picture)
                answer = autoaugment._apply_op(image, name, magnitude, autoaugment.InterpolationMode.NEAREST, None)
                yield {
                    "name": name[0].lower() + name[1:],
                    "place": place,
                    "negative": sign < 0,
                    "magnitude": magnitude,
                    "answer": text(answer),
                }


flat = drawn(3)
flat[..., 1] = 77
pictures = [drawn(3), drawn(1), flat]
answer = {
    "madeBy": "augmentation_figures.py",
    "versions": {"torchvision": torchvision.__version__, "pillow": PIL.__version__},
    "places": 31,
    "images": [
        {
            "height": each.shape[0],
            "width": each.shape[1],
            "channels": 3 if each.ndim == 3 else 1,
            "image": text(each),
            "cases": list(cases(each)),
        }
        for each in pictures
    ],
    "policies": {
        policy.value: autoaugment.AutoAugment(policy).policies for policy in autoaugment.AutoAugmentPolicy
    },
}
print(json.dumps(answer))
