"""Makes the parquet files of the tests, as Hugging Face's `datasets` writes them, with pyarrow.

    python3 parquet.py

Files in place were made with pyarrow 25.0.1 and Pillow 12.3.0. Eleven images of 6 x 5 pixels, in row groups of four; image `i`
has the levels `(20 i + 3 j) % 256`, `j` the place of the byte; its label is `i % 3`.
"""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def png(i):
    levels = bytes((20 * i + 3 * j) % 256 for j in range(6 * 5 * 3))
    file = io.BytesIO()
    Image.frombytes("RGB", (6, 5), levels).save(file, "PNG")
    return file.getvalue()


names = ["ant", "bee", "cat"]
features = {
    "image": {"_type": "Image"},
    "label": {"names": names, "_type": "ClassLabel"},
}
notes = {"huggingface": json.dumps({"info": {"features": features}})}
struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write(name, rows, image="image", **options):
    images = pa.array([{"bytes": png(i), "path": f"{i}.png"} for i in rows], struct)
    labels = pa.array([i % 3 for i in rows], pa.int64())
    schema = pa.schema([(image, struct), ("label", pa.int64())], metadata=notes)
    pq.write_table(pa.table([images, labels], schema=schema), name, row_group_size=4, **options)


write("snappy.parquet", range(11), compression="snappy")
write("zstd.parquet", range(11), compression="zstd", data_page_version="2.0")
write("gzip.parquet", range(11), compression="gzip", use_dictionary=False)
write("plain.parquet", range(11), image="img", compression="none", data_page_size=1, write_statistics=False)
write("shard-0.parquet", range(6))
write("shard-1.parquet", range(6, 11))

# A table without structs and without names of classes.
flat = pa.table({"picture": pa.array([png(i) for i in range(3)], pa.binary()), "digit": pa.array([2, 0, 1], pa.int32())})
pq.write_table(flat, "flat.parquet")
missing = pa.table({"image": pa.array([{"bytes": png(0), "path": None}, None], struct), "label": pa.array([0, None], pa.int64())})
pq.write_table(missing.cast(pa.schema([("image", struct), ("label", pa.int64())], metadata=notes)), "missing.parquet")
