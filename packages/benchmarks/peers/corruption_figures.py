"""Golden figures of the common corruptions: what the libraries that made CIFAR-10-C and ImageNet-C answer on our random numbers.

    apt-get install python3-opencv python3-skimage python3-scipy python3-pil python3-wand libmagickwand-6.q16-6
    /usr/bin/python3 corruption_figures.py > ../../datasets/test/golden/corruptions.json

Three images are drawn: 32 x 32; 80 x 72, whose lengths are those of ImageNet-C times 72 / 224; and 41 x 35 for what has to do
with whole blocks. Every corruption but frost is
worked out from the description in the paper (Hendrycks and Dietterich, ICLR 2019) and the strengths of the authors' scripts, by
OpenCV, scikit-image, SciPy, Pillow and ImageMagick, with the words of philox.py where chance is needed; results are
rounded down to bytes. Kept of each: every `stride`th value.
"""

import base64
import ctypes
import io
import json

import cv2
import numpy as np
import PIL
import scipy
import skimage
from PIL import Image
from scipy.ndimage import map_coordinates, zoom
from scipy.stats import poisson
from skimage.color import hsv2rgb, rgb2hsv
from skimage.filters import gaussian
from wand.api import library
from wand.image import Image as Wand
from wand.version import MAGICK_VERSION

from philox import normal, uniform, words

SEED, INDEX = 7, 5_000_000_003
library.MagickMotionBlurImage.argtypes = (ctypes.c_void_p, ctypes.c_double, ctypes.c_double, ctypes.c_double)

LEVELS = {
    "gaussian_noise": ([0.04, 0.06, 0.08, 0.09, 0.10], [0.08, 0.12, 0.18, 0.26, 0.38]),
    "shot_noise": ([500, 250, 100, 75, 50], [60, 25, 12, 5, 3]),
    "impulse_noise": ([0.01, 0.02, 0.03, 0.05, 0.07], [0.03, 0.06, 0.09, 0.17, 0.27]),
    "defocus_blur": (
        [(0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)],
        [(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)],
    ),
    "glass_blur": (
        [(0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)],
        [(0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)],
    ),
    "motion_blur": (
        [(6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)],
        [(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)],
    ),
    "zoom_blur": (
        [(1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)],
        [(1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)],
    ),
    "snow": (
        [
            (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
            (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
            (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
            (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
        ],
        [
            (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
            (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
            (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
            (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
            (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
        ],
    ),
    "fog": ([(0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)], [(1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)]),
    "brightness": ([0.05, 0.1, 0.15, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5]),
    "contrast": ([0.75, 0.5, 0.4, 0.3, 0.15], [0.4, 0.3, 0.2, 0.1, 0.05]),
    "elastic_transform": (
        [(0, 0, 2.56), (1.6, 6.4, 2.24), (2.56, 1.92, 1.92), (3.2, 1.28, 1.6), (3.2, 0.96, 0.96)],
        [(488, 170.8, 24.4), (488, 19.52, 48.8), (12.2, 2.44, 4.88), (17.08, 2.44, 4.88), (29.28, 2.44, 4.88)],
    ),
    "pixelate": ([0.95, 0.9, 0.85, 0.75, 0.65], [0.6, 0.5, 0.4, 0.3, 0.25]),
    "jpeg_compression": ([80, 65, 58, 50, 40], [25, 18, 15, 10, 7]),
}


def drawn(height, width):
    """An image with slopes, edges, stripes, a disc and some noise."""
    row, column = np.mgrid[0:height, 0:width].astype(float)
    v, u = row / (height - 1), column / (width - 1)
    image = np.stack([u, 0.2 + 0.6 * v, 0.5 + 0.4 * np.sin(9 * u + 5 * v)], 2)
    image[(v - 0.4) ** 2 + (u - 0.6) ** 2 < 0.06] = (0.9, 0.25, 0.15)
    image[(row // 2 % 2 == 0) & (u < 0.3) & (v > 0.6)] = (0.05, 0.1, 0.6)
    image[: height // 8, : width // 5] = 1
    image[-height // 9 :, -width // 4 :] = 0
    noise = 0.06 * normal(1, height, "image", height * width * 3).reshape(height, width, 3)
    return np.uint8(np.clip(np.round(255 * np.clip(image + noise, 0, 1)), 0, 255))


def blurred(x, sigma, **more):
    return gaussian(x, sigma=sigma, channel_axis=-1 if x.ndim == 3 else None, **more)


def moved(image, radius, sigma, angle):
    """ImageMagick's motion blur of bytes."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="PNG")
    wand = Wand(blob=stream.getvalue())
    library.MagickMotionBlurImage(wand.wand, radius, sigma, angle)
    answer = np.asarray(Image.open(io.BytesIO(wand.make_blob("PNG"))).convert("L" if image.ndim == 2 else "RGB"))
    return answer


def enlarged(x, factor):
    """The middle of each axis, enlarged to the old size."""
    taken = [int(np.ceil(side / factor)) for side in x.shape[:2]]
    top = [(side - part) // 2 for side, part in zip(x.shape, taken)]
    part = x[top[0] : top[0] + taken[0], top[1] : top[1] + taken[1]]
    big = zoom(part, [factor, factor] + [1] * (x.ndim - 2), order=1)
    trim = [(large - side) // 2 for large, side in zip(big.shape, x.shape)]
    return big[trim[0] : trim[0] + x.shape[0], trim[1] : trim[1] + x.shape[1]]


def cloud(stream, size, decay):
    draws = uniform(SEED, INDEX, stream, size * size, -1, 1).astype(float)
    grid, spent, pitch, amplitude = np.zeros((size, size)), 0, size, 1.0
    while pitch >= 2:
        half = pitch // 2
        for top, left, steps in (
            (half, half, ((-1, -1), (-1, 1), (1, -1), (1, 1))),
            (0, half, ((-1, 0), (1, 0), (0, -1), (0, 1))),
            (half, 0, ((-1, 0), (1, 0), (0, -1), (0, 1))),
        ):
            rows, columns = np.arange(top, size, pitch), np.arange(left, size, pitch)
            around = sum(grid[np.ix_((rows + half * a) % size, (columns + half * b) % size)] for a, b in steps)
            chance = draws[spent : spent + around.size].reshape(around.shape)
            spent += around.size
            grid[np.ix_(rows, columns)] = around / 4 + amplitude * chance
        pitch, amplitude = half, amplitude / decay**2
    return (grid - grid.min()) / (grid.max() - grid.min())


def corrupted(name, image, level, scale):
    x = image / 255.0
    height, width, _ = x.shape
    stream = f"corruption/{name}"
    if name == "gaussian_noise":
        return x + level * normal(SEED, INDEX, stream, x.size).reshape(x.shape)
    if name == "shot_noise":
        u = (words(SEED, INDEX, stream, x.size) + 0.5) * 2.0**-32
        return poisson.ppf(u.reshape(x.shape), x * level) / level
    if name == "impulse_noise":
        draws = words(SEED, INDEX, stream, x.size).reshape(x.shape)
        return np.where((draws >> np.uint64(8)) * 2.0**-24 < level, draws & np.uint64(1), x)
    if name == "defocus_blur":
        radius, soft = level[0] * scale, level[1] * scale
        reach, window = (8, 3) if radius <= 8 else (int(np.ceil(radius)), 5)
        line = np.arange(-reach, reach + 1)
        disc = np.float32(line[:, None] ** 2 + line**2 <= radius**2)
        disc = cv2.GaussianBlur(disc / disc.sum(), (window, window), soft)
        return cv2.filter2D(x, -1, disc)
    if name == "glass_blur":
        sigma, reach, rounds = level[0] * scale, max(1, round(level[1] * scale)), level[2]
        y = np.uint8(blurred(x, sigma) * 255)
        count = rounds * max(0, height - 2 * reach) * max(0, width - 2 * reach)
        steps = iter((words(SEED, INDEX, stream, 2 * count) % np.uint64(2 * reach)).astype(int) - reach)
        for _ in range(rounds):
            for row in range(height - reach, reach, -1):
                for column in range(width - reach, reach, -1):
                    right, down = next(steps), next(steps)
                    y[row, column] = y[row + down, column + right]
        return blurred(y / 255.0, sigma)
    if name == "motion_blur":
        (angle,) = uniform(SEED, INDEX, stream, 1, -45, 45)
        return moved(image, level[0] * scale, level[1] * scale, float(angle)) / 255.0
    if name == "zoom_blur":
        factors = np.arange(1, *level)
        return (x + sum(enlarged(x, factor) for factor in factors)) / (len(factors) + 1)
    if name == "snow":
        mean, deviation, factor, threshold, radius, sigma, keep = level
        layer = mean + deviation * normal(SEED, INDEX, stream, height * width).reshape(height, width).astype(float)
        layer = enlarged(layer, max(1, factor * scale))
        layer[layer < threshold] = 0
        (angle,) = uniform(SEED, INDEX, stream + "/angle", 1, -135, -45)
        layer = np.uint8(np.clip(layer, 0, 1) * 255)
        layer = moved(layer, radius * scale, sigma * scale, float(angle))[..., None] / 255.0
        grey = cv2.cvtColor(np.float32(x), cv2.COLOR_RGB2GRAY)[..., None]
        return keep * x + (1 - keep) * np.maximum(x, 1.5 * grey + 0.5) + layer + np.rot90(layer, 2)
    if name == "fog":
        amount, decay = level
        size = 2 ** int(np.ceil(np.log2(max(height, width))))
        thick = cloud(stream, size, decay)[:height, :width, None]
        return (x + amount * thick) * x.max() / (x.max() + amount)
    if name == "brightness":
        hsv = rgb2hsv(x)
        hsv[..., 2] = np.clip(hsv[..., 2] + level, 0, 1)
        return hsv2rgb(hsv)
    if name == "contrast":
        means = x.mean((0, 1))
        return (x - means) * level + means
    if name == "elastic_transform":
        amount, sigma, shift = (each * scale for each in level)
        side, middle = min(height, width) // 3, (width // 2, height // 2)
        corners = np.float32([[1, 1], [1, -1], [-1, -1]]) * side + np.float32(middle)
        draws = uniform(SEED, INDEX, stream + "/affine", 6, -shift, shift).reshape(3, 2)
        affine = cv2.getAffineTransform(corners, corners + draws)
        y = cv2.warpAffine(np.float32(x), affine, (width, height), borderMode=cv2.BORDER_REFLECT_101)

        def field(axis):
            chance = uniform(SEED, INDEX, f"{stream}/{axis}", height * width, -1, 1).reshape(height, width)
            return amount * blurred(chance.astype(float), sigma, mode="reflect", truncate=3)

        row, column = np.mgrid[0:height, 0:width]
        places = row + field("down"), column + field("right")
        return np.stack([map_coordinates(y[..., c], places, order=1, mode="reflect") for c in range(3)], 2)
    picture = Image.fromarray(image)
    if name == "pixelate":
        small = picture.resize((int(width * level), int(height * level)), Image.BOX)
        return np.asarray(small.resize((width, height), Image.BOX)) / 255.0
    if name == "jpeg_compression":
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=level)
        return np.asarray(Image.open(stream)) / 255.0
    raise ValueError(name)


def text(bytes_):
    return base64.b64encode(np.ascontiguousarray(bytes_, np.uint8).tobytes()).decode()


def figures(height, width, stride, names=tuple(LEVELS)):
    image = drawn(height, width)
    side = min(height, width)
    table, scale = (0, side / 32) if side <= 64 else (1, side / 224)
    answers = {}
    for name in names:
        levels = LEVELS[name][table]
        results = [np.clip(corrupted(name, image, level, scale), 0, 1) * 255 for level in levels]
        answers[name] = [text(np.uint8(each + 1e-6).reshape(-1)[::stride]) for each in results]
    return {"shape": [height, width, 3], "image": text(image), "stride": stride, "answers": answers}


versions = {
    "opencv": cv2.__version__,
    "scikit-image": skimage.__version__,
    "scipy": scipy.__version__,
    "pillow": PIL.__version__,
    "imagemagick": MAGICK_VERSION,
}
if __name__ == "__main__":
    odd = ("jpeg_compression", "pixelate", "zoom_blur")
    images = [figures(32, 32, 5), figures(80, 72, 29), figures(41, 35, 7, odd)]
    print(json.dumps({"madeBy": "corruption_figures.py", "versions": versions, "seed": SEED, "index": INDEX, "images": images}))
