#!/usr/bin/env python3
"""Runs the ```console blocks of a page and compares what they print. Usage: run_blocks.py EONFLOW SOURCE_FOLDER PAGE, or run_blocks.py --self-test.

A line "..." stands for any lines, "..." inside a line for any text, a number of seconds ("2.0 s") for any other. The command that runs the tests is left out.
The commands of a page run one after the other in a folder of their own, where `eonflow` is the program and `docs` the folder of that name.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

LEFT_OUT = "./eonflow test"
SECONDS = r"\d+\.\d s"


def examples(page):
    """Pairs of a command and the text it is said to print."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        for command, _, output in (part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]):
            if command != LEFT_OUT:
                yield command, output


def matches(said, printed):
    def pattern(line):
        if line == "...":
            return r"(?:.*\n)*?"
        return r".*".join(SECONDS.join(map(re.escape, re.split(SECONDS, part))) for part in line.split("...")) + r"\n"

    return re.fullmatch("".join(map(pattern, said.splitlines())), printed) is not None


def check(program, source, page):
    faults = count = 0
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "eonflow").symlink_to(pathlib.Path(program).resolve())
        pathlib.Path(folder, "docs").symlink_to(pathlib.Path(source, "docs").resolve())
        for command, said in examples(pathlib.Path(source, page).read_text(encoding="utf-8")):
            count += 1
            run = subprocess.run(command, shell=True, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if not matches(said, run.stdout):
                faults += 1
                print(f"{page}: $ {command}\nsaid:\n{said}\nprinted:\n{run.stdout}")
    print(f"{count} commands, {faults} at fault")
    return 1 if faults or count == 0 else 0


def self_test():
    assert matches("a\n...\nb 2.0 s\n", "a\nx\ny\nb 13.7 s\n")
    assert matches("a ... c\n", "a b c\n") and not matches("a ... c\n", "a\nb c\n")
    assert not matches("a\n", "b\n") and not matches("a\n", "a\nb\n") and not matches("a 1.0\n", "a 1.1\n")
    assert list(examples("```console\n$ ./eonflow test\n$ one\n1\n$ two\n```\n```\n$ no\n```\n")) == [("one", "1\n"), ("two", "")]
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else check(*sys.argv[1:]))
