"""Makes rare.zip: python3 rare.py anju-serif.ttf HanaMinA.ttf HanaMinB.ttf rare.zip

A small TrueType font for each 256 code points of which anju-serif.ttf lacks some. Coordinates are whole 1/128 of the
em, and points that such a grid leaves on a line are dropped: a third of the size, and finer than print."""
import io
import sys
import zipfile

from fontTools.pens.ttGlyphPen import TTGlyphPointPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

serif, hana_a, hana_b, out = sys.argv[1:5]
RANGES = [(0x4E00, 0x9FFF), (0x20000, 0x2EBEF), (0x2F800, 0x2FA1F)]
EM, FLAT = 128, 0.5


def useless(a, b, c):
    """Whether point b between a and c shows nothing: (x, y, on the curve)."""
    if a[:2] == b[:2] and a[2] and b[2]:
        return True
    dx, dy = c[0] - a[0], c[1] - a[1]
    flat = abs((b[0] - a[0]) * dy - (b[1] - a[1]) * dx) <= FLAT * (dx * dx + dy * dy) ** .5
    if not b[2]:
        return a[2] and c[2] and flat
    middle = not a[2] and not c[2] and abs(2 * b[0] - a[0] - c[0]) <= 1 and abs(2 * b[1] - a[1] - c[1]) <= 1
    onward = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) >= 0
    return middle or a[2] and c[2] and onward and flat


def slim(points):
    i = 0
    while len(points) > 3 and i < len(points):
        if useless(points[i - 1], points[i], points[(i + 1) % len(points)]):
            del points[i]
            i = max(0, i - 2)
        else:
            i += 1
    return points


def slim_font(font):
    table = font['glyf']
    for name in font.getGlyphOrder():
        glyph = table[name]
        if glyph.numberOfContours <= 0:
            continue
        at, ends, flags = glyph.getCoordinates(table)
        pen, first = TTGlyphPointPen(None), 0
        for end in ends:
            points = slim([(at[i][0], at[i][1], flags[i] & 1) for i in range(first, end + 1)])
            first = end + 1
            if len(points) < 3:
                continue
            pen.beginPath()
            for x, y, on in points:
                pen.addPoint((x, y), 'qcurve' if on else None)
            pen.endPath()
        table[name] = pen.glyph()


have = set(TTFont(serif, lazy=True).getBestCmap())
options = Options()
options.hinting, options.layout_features, options.name_IDs, options.glyph_names = False, [], [], False
options.drop_tables += ['BASE', 'FFTM', 'GDEF', 'GPOS', 'GSUB', 'vhea', 'vmtx', 'gasp', 'DSIG']
blocks = {}
for path in (hana_b, hana_a):
    for c in sorted(TTFont(path, lazy=True).getBestCmap()):
        if c not in have and any(lo <= c <= hi for lo, hi in RANGES):
            have.add(c)
            blocks.setdefault((c >> 8, path), []).append(c)
names = [block for block, _ in blocks]
assert len(names) == len(set(names)), 'a block is taken from one font'
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as z:
    for (block, path), chars in sorted(blocks.items()):
        font = TTFont(path, recalcTimestamp=False)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=chars)
        subsetter.subset(font)
        scale_upem(font, EM)
        slim_font(font)
        font['name'].names = []
        for i, name in ((1, 'Anju Rare'), (2, 'Regular'), (4, 'Anju Rare'), (6, 'AnjuRare')):
            font['name'].setName(name, i, 3, 1, 0x409)
        made = io.BytesIO()
        font.save(made)
        z.writestr(zipfile.ZipInfo('%x.ttf' % block), made.getvalue(), zipfile.ZIP_DEFLATED, 9)
