"""Names of the files' XML, shared by the draft and the layout."""

from __future__ import annotations

from lxml import etree

NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "bioc": "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "color": "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "modeler": "http://camunda.org/schema/modeler/1.0",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def q(name: str) -> str:
    """`bpmn:lane` -> the expanded name lxml wants; a name without a prefix stays as it is."""
    prefix, colon, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}" if colon else name


def sub(parent: etree._Element, tag: str, text: str | None = None, /, **attrs: str) -> etree._Element:
    """A child element; in attribute names `__` stands for the colon (`camunda__formKey`)."""
    node = etree.SubElement(parent, q(tag), {q(k.replace("__", ":")): v for k, v in attrs.items()})
    node.text = text
    return node


def local(node: etree._Element) -> str:
    """The tag without its namespace; comments have none."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def write(root: etree._Element) -> bytes:
    """UTF-8 text, indented the same way every time, so that two versions compare line by line."""
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
