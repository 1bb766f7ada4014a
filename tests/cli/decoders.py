"""Pictures as their files have them: enough of PNG and GIF to hold the program's files against each other."""

import struct
import zlib


def unfiltered(raw, stride, size):
    """Lines of a PNG before each was written as its difference to what lies left and above (PNG specification, section 9)."""
    above, lines = bytes(stride), []
    for start in range(0, len(raw), stride + 1):
        kind, line = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for i, value in enumerate(line):
            left, corner = (line[i - size], above[i - size]) if i >= size else (0, 0)
            up = above[i]
            nearest = min((left, up, corner), key=lambda other: abs(left + up - corner - other))
            line[i] = value + [0, left, up, (left + up) // 2, nearest][kind] & 255
        above = bytes(line)
        lines.append(above)
    return lines


def decode_png(data):
    """The lines of a PNG with 8-bit greys, or the red part of one with colours."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {b"IDAT": b""}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunks[data[at + 4 : at + 8]] = chunks.get(data[at + 4 : at + 8], b"") + data[at + 8 : at + 8 + length]
        at += length + 12
    width, _, depth, colours, _, _, interlaced = struct.unpack(">2I5B", chunks[b"IHDR"])
    assert (depth, interlaced) == (8, 0)
    size = {0: 1, 2: 3}[colours]
    return [line[::size] for line in unfiltered(zlib.decompress(chunks[b"IDAT"]), width * size, size)]


def unpacked(data, bits):
    """What GIF's LZW stands for; codes begin with `bits` + 1 bits and grow to twelve (GIF89a, appendix F)."""
    clear, end = 1 << bits, (1 << bits) + 1
    words, width, before, pixels = [], bits + 1, None, bytearray()
    stream, at = int.from_bytes(data, "little"), 0
    while True:
        code, at = stream >> at & (1 << width) - 1, at + width
        if code == end:
            return bytes(pixels)
        if code == clear:
            words, width, before = [bytes([i]) for i in range(clear)] + [b"", b""], bits + 1, None
            continue
        word = words[code] if code < len(words) else before + before[:1]
        if before is not None and len(words) < 4096:
            words.append(before + word[:1])
        width = min(max(bits + 1, len(words).bit_length()), 12)
        pixels, before = pixels + word, word


def decode_gif(data):
    """The pictures of a GIF whose colours are greys, each as lines and hundredths of a second; all of full size."""
    assert data[:6] == b"GIF89a"
    width, height, flags = struct.unpack("<2HB", data[6:11])
    palette, at, time, frames = data[13 : 13 + 3 * (2 << (flags & 7))], 13 + 3 * (2 << (flags & 7)), 0, []
    assert flags & 0x80 and palette[0::3] == palette[1::3] == palette[2::3]

    def blocks():
        nonlocal at
        whole = b""
        while data[at]:
            whole, at = whole + data[at + 1 : at + 1 + data[at]], at + 1 + data[at]
        at += 1
        return whole

    while data[at] != 0x3B:
        kind, at = data[at], at + 1
        if kind == 0x21:
            label, at = data[at], at + 1
            content = blocks()
            if label == 0xF9:
                time = struct.unpack("<H", content[1:3])[0]
            continue
        assert kind == 0x2C and struct.unpack("<4HB", data[at : at + 9]) == (0, 0, width, height, 0)
        bits, at = data[at + 9], at + 10
        greys = unpacked(blocks(), bits).translate(palette[::3].ljust(256))
        frames.append(([greys[y * width : (y + 1) * width] for y in range(height)], time))
    return frames
