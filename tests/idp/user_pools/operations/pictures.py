"""The smallest images of each kind, and SVGs that try to do something."""

from __future__ import annotations

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(16)
ICO = b"\x00\x00\x01\x00\x01\x00" + bytes(32)
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = (
    f'{HEAD} viewBox="0 0 9 9"><defs><linearGradient id="a"/></defs>'
    '<style>.x{fill:url(#a)}</style><path class="x" style="stroke:url( \'#a\' )" d="M0 0h9v9z"/>'
    '<use xlink:href="#a"/></svg>'
).encode()

ACTIVE = [
    f"{HEAD}><script>alert(1)</script></svg>",
    f'{HEAD} onload="alert(1)"/>',
    f'{HEAD}><a href="javascript:alert(1)"><path d="M0"/></a></svg>',
    f'{HEAD}><use xlink:href="http://evil.example/x.svg#a"/></svg>',
    f'{HEAD}><use href="data:image/svg+xml;base64,AAAA"/></svg>',
    f'{HEAD}><foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject></svg>',
    f'{HEAD}><image href="#a"/></svg>',
    f'{HEAD}><animate attributeName="href" to="javascript:alert(1)"/></svg>',
    f"{HEAD}><style>@import 'http://evil.example/x.css';</style></svg>",
    f"{HEAD}><style>path{{fill:url(http://evil.example/x)}}</style></svg>",
    f"{HEAD}><style><g/>@import url(http://evil.example/x.css);</style></svg>",
    f"{HEAD}><style><style/>path{{fill:url(http://evil.example/x)}}</style></svg>",
    f'{HEAD}><style><x:b xmlns:x="http://web.resource.org/cc/"/>a{{fill:red}}</style></svg>',
    f"{HEAD}><style>path{{fill:u<!-- -->rl(http://evil.example/x)}}</style></svg>",
    f"{HEAD}><style>path{{fill:url(<![CDATA[http://evil.example/x]]>)}}</style></svg>",
    f"{HEAD}><style>path{{fill:url( \t'\n http://evil.example/x)}}</style></svg>",
    f"{HEAD}><style>path{{fill:u\\72l(http://evil.example/x)}}</style></svg>",
    f"{HEAD}><path style=\"fill:url('http://evil.example')\"/></svg>",
    f'{HEAD}><path fill="URL(//evil.example)"/></svg>',
    f'{HEAD}><style>path{{mask:image-set("http://evil.example" 1x)}}</style></svg>',
    '<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + f"{HEAD}>&e;</svg>",
    '<?xml-stylesheet href="http://evil.example/x.css"?>' + f"{HEAD}/>",
    '<?xml version="1.0" encoding="utf-7"?>' + f"{HEAD}/>",
    '<html xmlns="http://www.w3.org/1999/xhtml"/>',
    f"{HEAD}>" + "<g>" * 200 + "</g>" * 200 + "</svg>",
    f"{HEAD}><path",
]
