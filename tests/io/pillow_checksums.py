"""Writes pillow_checksums.txt: CRC-32 of MNIST's pictures, resized by Pillow's bilinear filter, one line a split and size.

Run with a Python that has pillow and numpy:  python tests/io/pillow_checksums.py > tests/io/pillow_checksums.txt
"""
import gzip
import pathlib
import zlib

import numpy
import PIL
from PIL import Image

data = pathlib.Path(__file__).parents[2] / "data/mnist"
print(f"# split, size, CRC-32 of all pictures one after the other; Pillow {PIL.__version__}, Image.resize(BILINEAR)")
for split in ("train", "t10k"):
    unpacked = gzip.decompress((data / f"{split}-images-idx3-ubyte.gz").read_bytes())
    pictures = numpy.frombuffer(unpacked, numpy.uint8, offset=16).reshape(-1, 28, 28)
    for size in (32, 20, 64):
        crc = 0
        for picture in pictures:
            crc = zlib.crc32(Image.fromarray(picture).resize((size, size), Image.BILINEAR).tobytes(), crc)
        print(split, size, f"{crc:08x}")
