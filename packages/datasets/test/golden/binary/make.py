"""Writes the files of this folder: images and labels by formulas, in the formats of other programs.

    python3 packages/datasets/test/golden/binary/make.py

Made with Python 3.11.7, numpy 2.4.6 and scipy 1.17.1. Every value of image n at (row, column, channel) is
(7 n + 3 row + 5 column + 11 channel) mod 256, every label n mod 10; the tests know the same formulas.
"""
import io
import pathlib
import tarfile

import numpy
import scipy.io

here = pathlib.Path(__file__).parent


def images(n, height=32, width=32, channels=3):
    i, h, w, c = numpy.meshgrid(*map(numpy.arange, (n, height, width, channels)), indexing='ij')
    return ((7 * i + 3 * h + 5 * w + 11 * c) % 256).astype('u1')


def labels(n, dtype='u1'):
    return (numpy.arange(n) % 10).astype(dtype)


def cifar_archives():
    """The layout of CIFAR's archives; two images a batch, three to test, numbered on."""
    x = images(13).transpose(0, 3, 1, 2).reshape(13, -1)
    y = labels(13)
    for name, format in (('gnu', tarfile.GNU_FORMAT), ('pax', tarfile.PAX_FORMAT), ('ustar', tarfile.USTAR_FORMAT)):
        with tarfile.open(here / f'cifar-{name}.tar.gz', 'w:gz', format=format, compresslevel=9) as tar:
            def add(path, data=None):
                entry = tarfile.TarInfo(path)
                if name == 'pax':
                    entry.pax_headers = {'comment': 'a record of pax, ü'}
                entry.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
                entry.size = len(data or b'')
                tar.addfile(entry, io.BytesIO(data or b''))

            add('cifar-10-batches-bin')
            add('cifar-10-batches-bin/' + 'a-long-name/' * (7 if name == 'ustar' else 20) + 'readme.html', b'text')
            # Not in the order of their numbers, as an archive may be.
            for batch in (3, 1, 5, 2, 4):
                rows = slice(2 * batch - 2, 2 * batch)
                data = numpy.hstack([y[rows, None], x[rows]]).tobytes()
                add(f'cifar-10-batches-bin/data_batch_{batch}.bin', data)
            add('cifar-10-batches-bin/test_batch.bin', numpy.hstack([y[10:, None], x[10:]]).tobytes())
    coarse = (numpy.arange(3) + 17).astype('u1')
    fine = (numpy.arange(3) * 33).astype('u1')
    (here / 'cifar-100.bin').write_bytes(numpy.hstack([coarse[:, None], fine[:, None], x[:3]]).tobytes())


def mat_files():
    """SVHN's layout: X is [32, 32, 3, n], y is [n, 1] with 10 for the digit 0."""
    x = images(12).transpose(1, 2, 3, 0)
    y = labels(12)[:, None]
    y[y == 0] = 10
    scipy.io.savemat(here / 'svhn.mat', {'X': x[..., :3], 'y': y[:3]})
    scipy.io.savemat(here / 'svhn-packed.mat', {'X': x, 'y': y}, do_compression=True)
    scipy.io.savemat(here / 'svhn-doubles.mat', {'X': x[..., :2], 'y': y[:2].astype('f8')}, do_compression=True)
    others = {'text': 'words', 'cell': numpy.array([[1, 'a']], dtype=object), 'structure': {'a': 1}, 'complex': 1j * x[0, 0]}
    for name, value in others.items():
        scipy.io.savemat(here / f'svhn-{name}.mat', {'X': value, 'y': y}, do_compression=True)
    scipy.io.savemat(here / 'svhn-four.mat', {'y': y}, format='4')


def npy_files():
    all_types = {}
    for dtype in ('|b1', '|u1', '|i1', '<u2', '>u2', '<i2', '>i2', '<u4', '>u4', '<i4', '>i4', '<u8', '>u8', '<i8', '>i8',
                  '<f2', '>f2', '<f4', '>f4', '<f8', '>f8'):
        values = numpy.array([[0, 1, 2], [3, 100, 127]]) if dtype != '|b1' else numpy.array([[0, 1, 1], [1, 0, 1]])
        sign = -1 if dtype[1] in 'if' else 1
        scale = 0.125 if dtype[1] == 'f' else 1
        values = (values * sign * scale).astype(dtype)
        name = dtype.replace('<', 'little-').replace('>', 'big-').replace('|', '')
        all_types |= {name: values, f'{name}-fortran': numpy.asfortranarray(values)}
    numpy.savez_compressed(here / 'all-types.npz', **all_types)
    x = images(4, 4, 3, 2)
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(here / f'images-version-{version[0]}.npy', 'wb') as file:
            numpy.lib.format.write_array(file, x, version=version)
    numpy.save(here / 'images-fortran.npy', numpy.asfortranarray(x))
    numpy.save(here / 'images-float16.npy', (x / 256).astype('f2'))
    numpy.save(here / 'labels.npy', labels(4, 'i8'))
    numpy.save(here / 'objects.npy', numpy.array([1, 'a'], dtype=object), allow_pickle=True)
    numpy.save(here / 'records.npy', numpy.zeros(2, dtype=[('a', 'u1'), ('b', 'f4')]))
    numpy.save(here / 'complex.npy', numpy.zeros(2, dtype='c8'))
    numpy.save(here / 'text.npy', numpy.array(['a', 'bc']))


def npz_files():
    members = {'image': images(5), 'label': labels(5, 'i8')}
    numpy.savez(here / 'stored.npz', **{'image': images(5, 4, 4), 'label': labels(5, 'i8')})
    numpy.savez_compressed(here / 'deflated.npz', **members)


cifar_archives()
mat_files()
npy_files()
npz_files()
