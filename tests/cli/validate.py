#!/usr/bin/env python3
"""Checks JSON files against the schema that belongs to their "format". Usage: validate.py SCHEMA_FOLDER FILE..."""

import json
import pathlib
import sys

import jsonschema


def main():
    schemas = {}
    for file in pathlib.Path(sys.argv[1]).glob("*.schema.json"):
        schema = json.loads(file.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        schemas[schema["$id"]] = schema
    faults = 0
    for name in sys.argv[2:]:
        document = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
        schema = schemas[document["format"].split("/")[1] + ".schema.json"]
        resolver = jsonschema.RefResolver.from_schema(schema, store=schemas)
        for fault in jsonschema.Draft202012Validator(schema, resolver=resolver).iter_errors(document):
            faults += 1
            print(f"{name}: /{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
