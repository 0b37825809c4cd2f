"""Parse XML from outside: encodings as declared, no DTD, no entities, no network, a size limit."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from ops_center.domain.errors import BadInput

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64  # CAP needs 6 levels, EDXL-DE around it 11, a signature 6 more
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]{0,40})[\"']")
# What may stand before the root element: white space, comments, processing instructions.
_PROLOG = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# A document that says GB2312 or GBK often holds characters of its superset.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "us-ascii": "ascii"}


def text_of(message: bytes) -> str:
    """Return the characters of an XML document in the encoding it declares; BadInput otherwise."""
    if len(message) > MAX_BYTES:
        raise BadInput("TOO_LARGE", field="/", suggestion=f"at most {MAX_BYTES} bytes")
    for mark, encoding in _BOMS:
        if message.startswith(mark):
            return _decoded(message[len(mark) :], encoding)
    if message[:4] in (b"<\0?\0", b"<\0a\0"):
        return _decoded(message, "utf-16-le")
    if message[:4] in (b"\0<\0?", b"\0<\0a"):
        return _decoded(message, "utf-16-be")
    declared = _ENCODING.search(message[:400])
    return _decoded(message, declared[1].decode("ascii").lower() if declared else "utf-8")


def parse(message: bytes) -> etree._Element:
    """Return the root element; BadInput names why the bytes are refused.

    A document type declaration is refused before the parser sees it: no message of the formats read
    here needs one, and external entities, parameter entities and entity bombs all start with it.
    """
    text = text_of(message)
    body = text[match.end() :] if (match := _DECLARATION.match(text)) else text
    prolog = _PROLOG.match(body)
    if prolog is not None and body.startswith("<!DOCTYPE", prolog.end()):
        raise BadInput("DTD_FORBIDDEN", field="/")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body.strip().encode("utf-8", "surrogatepass"), parser)
    except (etree.XMLSyntaxError, UnicodeError) as error:
        raise BadInput("XML_SYNTAX_ERROR", field="/", suggestion=str(error)) from error
    if _too_deep(root):
        raise BadInput("TOO_DEEP", field="/", suggestion=f"at most {MAX_DEPTH} levels")
    return root


def local(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return etree.QName(element).localname


def namespace(element: etree._Element) -> str:
    """Return the element's namespace, "" where it has none."""
    return etree.QName(element).namespace or ""


def text_in(element: etree._Element | None) -> str | None:
    """Return an element's text without surrounding white space; None where empty or absent."""
    if element is None:
        return None
    return "".join(str(part) for part in element.itertext()).strip() or None


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first child of that local name in the parent's own namespace."""
    space = namespace(element)
    return element.find(f"{{{space}}}{name}" if space else name)


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """Return the children of that local name in the parent's own namespace."""
    space = namespace(element)
    return element.findall(f"{{{space}}}{name}" if space else name)


def _decoded(message: bytes, encoding: str) -> str:
    try:
        return message.decode(_WIDER.get(encoding, encoding))
    except (LookupError, UnicodeError) as error:
        raise BadInput("XML_SYNTAX_ERROR", field="/", suggestion=str(error)) from error


def _too_deep(root: etree._Element) -> bool:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [below for element in level for below in element]
        if not level:
            return False
    return True
