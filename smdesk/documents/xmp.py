"""What a paper says about itself inside its file: title, language, that it is PDF/A-2a and PDF/UA-1; and our data.

PDF/A-2 allows no attachment but another PDF/A. What SM Desk keeps in a file (the reference of what it is, the signed
data of a decision) therefore stands in the metadata, in a schema of our own that is declared beside it.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import date
from html import unescape
from io import BytesIO
from xml.sax.saxutils import escape

from smdesk.errors import Invalid

NAMESPACE = "urn:smdesk:paper#"
PRODUCER = "SM Desk"
_LARGEST = 4_000_000

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:description>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{day}T00:00:00+00:00</xmp:CreateDate>
<xmp:ModifyDate>{day}T00:00:00+00:00</xmp:ModifyDate>
<xmp:MetadataDate>{day}T00:00:00+00:00</xmp:MetadataDate>
<pdf:Producer>{producer}</pdf:Producer>
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
{ours}<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag>{schemas}</rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
_SCHEMA = """<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>{name}</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI><pdfaSchema:prefix>{prefix}</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"""
_PROPERTY = """<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>{kind}</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"""
_UA = _SCHEMA.format(
    name="PDF/UA identification",
    namespace="http://www.aiim.org/pdfua/ns/id/",
    prefix="pdfuaid",
    properties=_PROPERTY.format(name="part", kind="Integer", description="Part of ISO 14289 that is kept to"),
)
_OURS = _SCHEMA.format(
    name="SM Desk papers",
    namespace=NAMESPACE,
    prefix="smdesk",
    properties=_PROPERTY.format(
        name="reference", kind="Text", description="Number of the paper at the school"
    )
    + _PROPERTY.format(name="kept", kind="Text", description="Data behind a signed decision, as JSON"),
)
_HELD = re.compile(
    r"""<smdesk:(reference|kept)>([^<]*)</smdesk:\1>|\ssmdesk:(reference|kept)\s*=\s*"([^"<]*)\""""
)
# What XML cannot hold, not even written as a number.
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Ours:
    """What SM Desk itself keeps in a file: the number of the paper at the school, and the data of a signed one."""

    reference: str = ""
    kept: str = ""


def packet(*, title: str, author: str, language: str, day: date, ours: Ours | None = None) -> bytes:
    """The metadata of a paper made on ``day``: as the file's properties, word for word."""
    own = ""
    if ours is not None and (ours.reference or ours.kept):
        entries = (("reference", ours.reference), ("kept", ours.kept))
        held = "".join(f"<smdesk:{name}>{_said(value)}</smdesk:{name}>" for name, value in entries if value)
        own = f'<rdf:Description rdf:about="" xmlns:smdesk="{NAMESPACE}">{held}</rdf:Description>\n'
    filled = _PACKET.format(
        title=_said(title),
        author=_said(author),
        language=_said(language),
        producer=PRODUCER,
        day=day.isoformat(),
        ours=own,
        schemas=_UA + (_OURS if own else ""),
    )
    return filled.encode("utf-8")


def ours_in(content: bytes) -> Ours | None:
    """What SM Desk keeps in this PDF; None where it is not one of ours.

    Nothing of it proves anything: whoever has the file can have written it. Raises ``Invalid`` where the file is no
    PDF, is damaged or locked, or where its metadata are not what a PDF's may be.
    """
    import pikepdf

    try:
        with pikepdf.Pdf.open(BytesIO(content)) as document:
            metadata = document.Root.get("/Metadata")
            if not isinstance(metadata, pikepdf.Stream):
                return None
            raw = metadata.read_raw_bytes()
            packing = metadata.get("/Filter")
            if packing == pikepdf.Name.FlateDecode:
                # Another program may have packed them. A few bytes can unfold to gigabytes: not with us.
                held = zlib.decompressobj().decompress(raw, _LARGEST)
            else:
                held = b"" if packing is not None else raw[:_LARGEST]
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, RuntimeError, zlib.error) as error:
        raise Invalid.one(
            "file", "This file is not a PDF, is damaged, or is locked with a password."
        ) from error
    return _ours(held) if NAMESPACE.encode("ascii") in held else None


def _ours(held: bytes) -> Ours:
    """Read without an XML parser, which a hostile file could keep busy for ever. Other programs that write the
    metadata anew may make attributes of our elements."""
    try:
        text = held.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _damaged() from error
    found: dict[str, str] = {}
    for in_element, words, in_attribute, value in _HELD.findall(text):
        name = in_element or in_attribute
        if name in found:
            raise _damaged()
        found[name] = unescape(words or value)
    return Ours(**found)


def _damaged() -> Invalid:
    return Invalid.one("file", "What SM Desk keeps inside this file is damaged.")


def _said(text: str) -> str:
    return escape(_NEVER.sub("\ufffd", text))
