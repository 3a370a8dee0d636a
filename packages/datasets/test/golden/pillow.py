"""Makes pillow.json: what Pillow and torchvision make of images, for the tests of decoding and resizing.

    python3 pillow.py [folder of photographs]

Figures in place were made by Pillow 9.4.0 and torchvision 0.14.1 (Debian 12). Photographs are not committed: of them there
are the SHA-256 of pixels only.
"""

import base64
import glob
import hashlib
import io
import json
import struct
import sys
import zlib

import PIL
import torchvision
from PIL import Image, ImageOps
from torchvision import transforms
from torchvision.transforms import InterpolationMode

filters = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
modes = {"bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}
text = lambda data: base64.b64encode(data).decode()


def pattern(width, height, channels):
    """Edges, ramps and noise: the formula of `pattern` in pillow.fixture.ts."""
    values = bytearray()
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                noise = (x * 73 + y * 151 + c * 37 + x * y * 11) % 256
                values.append(255 * ((x // 3 + y // 2 + c) % 2) if (x + y) % 5 < 3 else noise)
    return Image.frombytes("L" if channels == 1 else "RGB", (width, height), bytes(values))


def resizes():
    sizes = [(17, 13, 5, 4), (5, 4, 17, 13), (31, 1, 7, 3), (24, 18, 23, 17), (8, 8, 8, 20), (50, 3, 9, 3), (40, 30, 1, 1), (1, 1, 3, 2)]
    for width, height, new_width, new_height in sizes:
        for channels in (1, 3):
            for name, code in filters.items():
                image = pattern(width, height, channels).resize((new_width, new_height), code)
                yield {"from": [width, height, channels], "to": [new_width, new_height], "filter": name, "data": text(image.tobytes())}


def crops():
    for width, height, size in [(9, 6, 4), (7, 5, 4), (5, 9, 8), (3, 2, 6), (11, 7, 2), (13, 4, 2)]:
        image = transforms.CenterCrop(size)(pattern(width, height, 3))
        yield {"from": [width, height, 3], "to": [size, size], "data": text(image.tobytes())}


def preparations():
    for width, height, resize, crop in [(50, 33, 20, 16), (33, 50, 20, 16), (20, 41, 20, 18), (13, 13, 20, 24), (64, 21, 16, 14)]:
        for name, mode in modes.items():
            both = transforms.Compose([transforms.Resize(resize, interpolation=mode), transforms.CenterCrop(crop)])
            image = both(pattern(width, height, 3))
            yield {"from": [width, height, 3], "resize": resize, "crop": crop, "filter": name, "data": text(image.tobytes())}


def png16(width, height, channels):
    """Pillow writes no PNG of three times 16 bits."""
    rows = b""
    for y in range(height):
        rows += b"\0"
        for x in range(width):
            for c in range(channels):
                rows += struct.pack(">H", (x * 5003 + y * 9001 + c * 20011) % 65536)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 16, 0 if channels == 1 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def files():
    def saved(image, kind, **options):
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    colour, grey = pattern(12, 10, 3), pattern(12, 10, 1)
    clear = colour.copy()
    clear.putalpha(grey)
    cmyk = Image.merge("CMYK", [*pattern(12, 10, 3).split(), grey.point(lambda value: value // 2)])
    turned = Image.Exif()
    turned[0x0112] = 6
    frames = [colour, ImageOps.invert(colour)]
    yield "colour.jpg", saved(colour, "JPEG", quality=90)
    yield "progressive.jpg", saved(colour, "JPEG", quality=60, progressive=True)
    yield "grey.jpg", saved(grey, "JPEG", quality=90)
    yield "cmyk.jpg", saved(cmyk, "JPEG", quality=95)
    yield "turned.jpg", saved(colour, "JPEG", quality=90, exif=turned.tobytes())
    yield "colour.png", saved(colour, "PNG")
    yield "grey.png", saved(grey, "PNG")
    yield "bits.png", saved(grey.point(lambda value: 255 * (value > 127)).convert("1"), "PNG")
    yield "palette.png", saved(colour.quantize(16), "PNG")
    yield "alpha.png", saved(clear, "PNG")
    yield "grey-alpha.png", saved(Image.merge("LA", [grey, colour.split()[1]]), "PNG")
    yield "colour-16.png", png16(12, 10, 3)
    yield "lossy.webp", saved(colour, "WEBP", quality=90)
    yield "lossless.webp", saved(colour, "WEBP", lossless=True)
    yield "alpha.webp", saved(clear, "WEBP", lossless=True, exact=True)
    yield "animated.webp", saved(frames[0], "WEBP", lossless=True, save_all=True, append_images=frames[1:])


def decoded():
    for name, data in files():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        yield {
            "name": name,
            "file": text(data),
            "size": list(image.size),
            "rgb": text(image.convert("RGB").tobytes()),
            "grey": text(image.convert("L").tobytes()),
        }


def photographs(folder):
    sha256 = lambda image: hashlib.sha256(image.tobytes()).hexdigest()
    for path in sorted(glob.glob(f"{folder}/*.JPEG")):
        image = Image.open(path).convert("RGB")
        res256crop224 = {
            name: sha256(transforms.Compose([transforms.Resize(256, interpolation=mode), transforms.CenterCrop(224)])(image))
            for name, mode in modes.items()
        }
        yield {
            "name": path.split("/")[-1],
            "rgb": sha256(image),
            "grey": sha256(image.convert("L")),
            **res256crop224,
            "crop288": sha256(transforms.CenterCrop(288)(image)),
            "larger": sha256(image.resize((601, 577), Image.BICUBIC)),
        }


figures = {
    "made": f"Pillow {PIL.__version__}, torchvision {torchvision.__version__}, by pillow.py",
    "resizes": list(resizes()),
    "crops": list(crops()),
    "preparations": list(preparations()),
    "files": list(decoded()),
    "photographs": list(photographs(sys.argv[1] if len(sys.argv) > 1 else "../../../../../shared/datasets/imagenet-samples")),
}
with open("pillow.json", "w") as file:
    file.write("{\n" + ",\n".join(f'"{key}": ' + ("[\n" + ",\n".join(map(json.dumps, value)) + "\n]" if isinstance(value, list) else json.dumps(value)) for key, value in figures.items()) + "\n}\n")
