"""openapi.py -- openapi.json as tests need it: its operations, and a judge of values by its schemas.

The subset of JSON Schema 2020-12 that the file uses; a keyword that this does not know is an error, so that
nothing of the file is silently believed."""

import json
import pathlib
import re

FILE = pathlib.Path(__file__).resolve().parents[2] / "src/web/static/openapi.json"
METHODS = ("get", "post", "patch", "delete", "put")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}
SAYS_NOTHING = {"description", "x-description-ja", "example", "format", "contentSchema", "contentMediaType"}


def load(text=None):
    return json.loads(FILE.read_text(encoding="utf-8") if text is None else text)


def resolve(doc, node):
    """The node itself, or what its $ref leads to."""
    while isinstance(node, dict) and "$ref" in node:
        path = node["$ref"]
        assert path.startswith("#/"), path
        node = doc
        for word in path[2:].split("/"):
            node = node[word]
    return node


def operations(doc):
    """(path, method, operation) of each"""
    for path, item in doc["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _is(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def _object(doc, schema, value, where):
    props = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield "%s: no %s" % (where, name)
    for name, inner in value.items():
        if name in props:
            yield from judge(doc, props[name], inner, "%s.%s" % (where, name))
        elif schema.get("additionalProperties") is False:
            yield "%s: %s is not in the schema" % (where, name)


def _array(doc, schema, value, where):
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield "%s: %d items" % (where, len(value))
    for number, inner in enumerate(value):
        yield from judge(doc, schema.get("items", {}), inner, "%s[%d]" % (where, number))


def _scalar(schema, value, where):
    if isinstance(value, str):
        if not re.search(schema.get("pattern", ""), value):
            yield "%s: %r is not like %s" % (where, value, schema["pattern"])
        if len(value) > schema.get("maxLength", len(value)):
            yield "%s: %d letters" % (where, len(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield "%s: %d is out of its range" % (where, value)


def judge(doc, schema, value, where="$"):
    """Yields what is wrong with a value."""
    if "$ref" in schema:
        yield from judge(doc, resolve(doc, {"$ref": schema["$ref"]}), value, where)
    unknown = set(schema) - SAYS_NOTHING - {
        "$ref", "type", "required", "properties", "additionalProperties", "items", "minItems", "maxItems", "enum",
        "const", "oneOf", "pattern", "maxLength", "minimum", "maximum"}
    assert not unknown, "%s: this judge does not know %s" % (where, unknown)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_is(value, t) for t in types):
        yield "%s: %r is not of type %s" % (where, value, "/".join(types))
        return
    if "enum" in schema and value not in schema["enum"]:
        yield "%s: %r is none of %s" % (where, value, schema["enum"])
    if "const" in schema and (value != schema["const"] or isinstance(value, bool) != isinstance(schema["const"], bool)):
        yield "%s: %r is not %r" % (where, value, schema["const"])
    if "oneOf" in schema:
        tries = [list(judge(doc, s, value, where)) for s in schema["oneOf"]]
        if sum(not t for t in tries) != 1:
            yield "%s: fits %d of oneOf: %s" % (where, sum(not t for t in tries), tries)
    if isinstance(value, dict):
        yield from _object(doc, schema, value, where)
    elif isinstance(value, list):
        yield from _array(doc, schema, value, where)
    else:
        yield from _scalar(schema, value, where)


def response(doc, operation, status):
    """The response of an operation to that status, or None: it is not documented."""
    node = operation["responses"].get(str(status))
    return None if node is None else resolve(doc, node)
