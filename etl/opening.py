"""How a file begins: its header is found and understood before anything of it is written."""

from dataclasses import dataclass

from etl.formats import NotOursError, NotUnderstoodError, Understood, by_name, understand
from etl.records import LONGEST_RECORD, Cut, cut, unquoted
from etl.sources import Object, Sources

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Opening:
    """How a file begins: what it is, and where its first record stands."""

    understood: Understood
    offset: int
    line: int
    blank: int
    blank_bytes: int


def open_file(sources: Sources, each: Object) -> Opening:
    """Read the header; raise `NotOursError` for none of the five files, `NotUnderstoodError` for a broken one."""
    head = b""
    for block in sources.blocks(each):
        head += block
        if len(head) > LONGEST_RECORD:
            break
    if not head:
        raise NotOursError("It is empty.")
    if head.startswith(_UTF16):
        raise NotUnderstoodError("It is in UTF-16, which is not read: save it as UTF-8.")
    begin = len(_BOM) if head.startswith(_BOM) else 0
    at, blank = begin, 0
    while (end := head.find(b"\n", at)) >= 0 and not head[at:end].strip():
        at, blank = end + 1, blank + 1
    kind, stop, fields = cut(head, at, final=len(head) <= LONGEST_RECORD)
    if kind is not Cut.RECORD:
        if by_name(each.name) is None:
            raise NotOursError("It does not begin with a header of columns.")
        raise NotUnderstoodError("Its header cannot be read: a quote stands in an impossible place.")
    names = [unquoted(field).decode("utf-8", "replace").strip() for field in fields]
    understood = understand(names, each.name)
    understood.notes["encoding"] = "UTF-8 with BOM" if begin else "UTF-8"
    line = 1 + head.count(b"\n", 0, stop)
    return Opening(understood, stop, line, blank, at - begin)
