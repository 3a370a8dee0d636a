"""Files for `agoge bench --only data`: `python3 peers/data_files.py FOLDER IMAGES` writes svhn.mat, images.npz and images.csv of so many
32 x 32 x 3 images of noise, by scipy and numpy.

    apt-get install python3-scipy
"""

import sys
from pathlib import Path

import numpy as np
from scipy.io import savemat

folder, count = Path(sys.argv[1]), int(sys.argv[2])
images = np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8)
labels = (np.arange(count) % 10).astype(np.uint8)
savemat(folder / "svhn.mat", {"X": images.transpose(1, 2, 3, 0), "y": labels[:, None] + 1}, do_compression=True)
np.savez(folder / "images.npz", image=images, label=labels)
np.savetxt(folder / "images.csv", np.column_stack([labels, images.reshape(count, -1)]), fmt="%d", delimiter=",")
