from fontTools.ttLib import TTFont
from fontTools.pens.ttGlyphPen import TTGlyphPen
f=TTFont('anju-serif.ttf'); t=f['name']; t.names=[n for n in t.names if n.nameID!=7]
for n in t.names:
    if n.nameID in (1,3,4,16): n.string='Anju Serif'
    if n.nameID==6: n.string='AnjuSerif'
# the ticked box U+2611, which Noto Serif CJK lacks: its own empty box with its own check mark in it
c=f.getBestCmap(); box,tick=c[0x25A1],c[0x2713]; g=f['glyf'][tick]; b=f['glyf'][box]
k=0.8*(b.xMax-b.xMin)/(g.xMax-g.xMin)
p=TTGlyphPen(f.getGlyphSet())
p.addComponent(box,(1,0,0,1,0,0))
p.addComponent(tick,(k,0,0,k,round((b.xMin+b.xMax)/2-k*(g.xMin+g.xMax)/2),round((b.yMin+b.yMax)/2-k*(g.yMin+g.yMax)/2)+60))
f.setGlyphOrder(f.getGlyphOrder()+['u2611'])
f['glyf']['u2611']=p.glyph(); f['hmtx']['u2611']=f['hmtx'][box]
for m in f['cmap'].tables:
    if m.isUnicode() and m.format in (4,12): m.cmap[0x2611]='u2611'
f['maxp'].maxComponentElements=2; f['maxp'].maxComponentDepth=1
f.save('anju-serif.ttf')
