#!/usr/bin/env python3
"""Checks what the folders promise each other; see FLOORS and the functions below. Usage: rules.py ROOT, or rules.py --self-test."""

import pathlib
import re
import sys
import tempfile

# A file may include its own folder and the floors before its own; folders of one floor do not include each other.
FLOORS = [["number"], ["graph"], ["series", "model"], ["ode", "convex"], ["flow"], ["invariant", "limit"], ["io"], ["verify"]]
HEIGHT = {folder: height for height, floor in enumerate(FLOORS) for folder in floor}
# Parts of verify/ that the rest of it may not include: a theorem does not know who prints it.
VERIFY_TOPS = {"cli", "report"}

# What the checker of certificates may know of convex/: the description of programs and certificates, and itself.
CHECKER = re.compile(r"eonflow/convex/check\w*\.hpp")
CHECKER_KNOWS = re.compile(r"eonflow/convex/(check\w*|certificate|program|exact_vector|shared_matrix)\.hpp")

# Third-party headers kept out of lib's own headers, which users compile without these packages.
PRIVATE_HEADERS = re.compile(r"(CLI|nlohmann|fmt|openssl|tbb|oneapi|Eigen)/")
# ... and those that belong to one place.
CONFINED_HEADERS = {
    re.compile(r"CLI/"): "verify/cli/",
    re.compile(r"(flint/)?(arb|arf|acb|mag|flint|fmp[zq]|n?mod)\w*\.h$"): ("lib/eonflow/number/", "lib/eonflow/series/", "lib/eonflow/ode/", "lib/eonflow/convex/"),
}

MACHINE_PATH = re.compile(r"(?<![\w./*])/(?:work|root|home|tmp|opt|mnt|Users)/")
LONGEST_FILE = 600
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


def folder_of(path):
    """The floor a file stands on: the folder below lib/eonflow, or verify."""
    return "verify" if path.parts[0] == "verify" else path.parts[2]


def check_include(path, quote, header):
    parts = pathlib.PurePosixPath(header).parts
    if quote == '"':
        yield f'includes "{header}": write <eonflow/...> or <verify/...>'
    elif parts[0] in ("eonflow", "verify"):
        here, there = folder_of(path), "verify" if parts[0] == "verify" else parts[1]
        if there not in HEIGHT:
            yield f"includes <{header}>, which is on no floor"
        elif here != there and HEIGHT[there] >= HEIGHT[here]:
            yield f"includes <{header}>: {there} is not below {here}"
        elif here == there == "verify" and parts[1] in VERIFY_TOPS and path.parts[1] not in VERIFY_TOPS:
            yield f"includes <{header}>: only the program does"
    if path.parts[:3] == ("lib", "eonflow", "convex") and header.startswith("eonflow/convex/"):
        if path.name.startswith("check") and not CHECKER_KNOWS.fullmatch(header):
            yield f"includes <{header}>: the checker shares no code with the solvers"
        if not path.name.startswith("check") and CHECKER.fullmatch(header):
            yield f"includes <{header}>: the solvers share no code with the checker"
    if path.suffix == ".hpp" and path.parts[0] == "lib" and PRIVATE_HEADERS.match(header):
        yield f"is a public header and includes <{header}>"
    for pattern, place in CONFINED_HEADERS.items():
        if pattern.match(header) and not path.as_posix().startswith(place):
            yield f"includes <{header}>, which belongs to {place}"


def check_file(path, text):
    lines = text.splitlines()
    if len(lines) > LONGEST_FILE:
        yield f"{path}: {len(lines)} lines, more than {LONGEST_FILE}: split it"
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: names a path of one machine: {line.strip()}"
        if path.suffix in (".cpp", ".hpp") and (match := INCLUDE.match(line)):
            for fault in check_include(path, *match.groups()):
                yield f"{path}:{number}: {fault}"


def check_tree(root):
    faults, count = [], 0
    for file in sorted(path for top in ("lib", "verify") for path in (root / top).rglob("*") if path.is_file()):
        path = file.relative_to(root)
        count += 1
        if path.parts[0] == "lib" and (len(path.parts) < 4 or path.parts[2] not in HEIGHT):
            faults.append(f"{path}: is on no floor")
        else:
            faults += check_file(path, file.read_text(encoding="utf-8"))
    return faults, count


# Each breaks one rule, or none ("").
SAMPLES = [
    ("lib/eonflow/flow/a.cpp", "#include <eonflow/ode/a.hpp>\n#include <eonflow/flow/b.hpp>\n#include <vector>\n", ""),
    ("lib/eonflow/number/a.cpp", "#include <arb.h>\n#include <flint/fmpq.h>\n", ""),
    ("verify/cli/a.cpp", "#include <CLI/CLI.hpp>\n#include <verify/report/page.hpp>\n", ""),
    ("lib/eonflow/io/a.cpp", '// a JSON pointer such as /data/x/0, a fraction p/q, "../x"\n#include <nlohmann/json.hpp>\n', ""),
    ("lib/eonflow/convex/check_a.cpp", "#include <eonflow/convex/check_parts.hpp>\n#include <eonflow/convex/certificate.hpp>\n", ""),
    ("lib/eonflow/convex/check_a.cpp", "#include <eonflow/convex/krawczyk.hpp>\n", "shares no code with the solvers"),
    ("lib/eonflow/convex/solve_a.cpp", "#include <eonflow/convex/check_parts.hpp>\n", "share no code with the checker"),
    ("lib/eonflow/graph/a.hpp", "#include <eonflow/series/a.hpp>\n", "series is not below graph"),
    ("lib/eonflow/series/a.hpp", "#include <eonflow/model/a.hpp>\n", "model is not below series"),
    ("lib/eonflow/io/a.cpp", "  #  include <verify/theorem.hpp>\n", "verify is not below io"),
    ("lib/eonflow/io/a.cpp", "#include <eonflow/other/a.hpp>\n", "which is on no floor"),
    ("lib/eonflow/other/a.cpp", "", "is on no floor"),
    ("lib/eonflow/a.cpp", "", "is on no floor"),
    ("lib/eonflow/flow/a.cpp", '#include "b.hpp"\n', "write <eonflow/...>"),
    ("lib/eonflow/io/a.hpp", "#include <nlohmann/json.hpp>\n", "is a public header"),
    ("lib/eonflow/flow/a.cpp", "#include <flint/arb.h>\n", "belongs to"),
    ("verify/report/a.cpp", "#include <CLI/CLI.hpp>\n", "belongs to verify/cli/"),
    ("verify/theorems/a.cpp", "#include <verify/cli/a.hpp>\n", "only the program does"),
    ("verify/theorems/a.cpp", 'auto file = "/tmp/x";\n', "path of one machine"),
    ("lib/eonflow/number/a.cpp", "// see /home/me/notes\n", "path of one machine"),
    ("lib/eonflow/number/a.cpp", "\n" * (LONGEST_FILE + 1), "split it"),
]


def self_test():
    """Every rule is broken once on purpose and must say so."""
    wrong = []
    for name, text, expected in SAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, name)
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            faults, count = check_tree(pathlib.Path(folder))
        if count != 1 or len(faults) != (1 if expected else 0) or (expected and expected not in faults[0]):
            wrong.append(f"{name}: expected {expected or 'no fault'!r}, found {faults}")
    return wrong, len(SAMPLES)


def main():
    faults, count = self_test() if sys.argv[1] == "--self-test" else check_tree(pathlib.Path(sys.argv[1]))
    print("\n".join(faults))
    print(f"{count} looked at, {len(faults)} at fault")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
