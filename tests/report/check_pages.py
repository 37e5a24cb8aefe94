#!/usr/bin/env python3
"""Makes the pages of three runs and checks them. Usage: check_pages.py EONFLOW [--browser].

Without --browser: well-formed, self-contained, no identifier twice, plots with points, hostile names harmless. With it: shown by headless Chromium at widths of 400 and
1400 pixels without console messages, no wider than the window, every plot visible. Exit status 77 without a browser.
"""

import html
import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROBLEM = {
    "format": "eonflow/problem/1", "name": "<script>alert('&\"')</script>", "data": {"x": [["1", "1/2"], ["1/2", "1"], ["-1/3", "1/7"]], "y": ["1", "1", "-1"]},
    "model": {"family": "dense", "widths": [2, 2, 1]}, "loss": {"kind": "exponential"}, "initial": {"seed": 7, "distribution": "uniform", "scale": "1/2"},
    "clock": "auto", "stop": {"log10_time": "20"}, "digits": 15, "observe": ["direction"]}
FAR = dict(PROBLEM, stop={"log10_log10_time": "10"})
VOID = {"meta", "rect", "circle", "path", "use", "br", "stop", "line", "image", "feflood", "fecomposite", "polygon"}
PLOTS = {"near": 12, "far": 10, "verdicts": 1}


class Structure(html.parser.HTMLParser):
    """Open elements, identifiers, references, pictures."""

    def __init__(self):
        super().__init__()
        self.open, self.identifiers, self.references, self.scripts, self.pictures, self.points = [], [], [], 0, 0, 0

    def handle_startendtag(self, tag, attributes):
        self.look(tag, dict(attributes))

    def handle_starttag(self, tag, attributes):
        self.look(tag, dict(attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def look(self, tag, attributes):
        self.scripts += tag == "script"
        self.pictures += tag == "svg"
        self.points += tag == "use"
        if "id" in attributes:
            self.identifiers.append(attributes["id"])
        for key in ("href", "xlink:href", "src"):
            if key in attributes:
                self.references.append(attributes[key])


def check_structure(name, text):
    page = Structure()
    page.feed(text)
    page.close()
    assert not page.open, f"{name}: not closed: {page.open}"
    assert len(set(page.identifiers)) == len(page.identifiers), f"{name}: an identifier stands twice"
    assert not page.scripts, f"{name}: a script"
    for reference in page.references:
        assert reference.startswith("#") and reference[1:] in page.identifiers, f"{name}: points outside of itself: {reference}"
    assert page.pictures >= PLOTS[name], f"{name}: {page.pictures} plots, {PLOTS[name]} were expected"
    assert page.points >= 3 * page.pictures, f"{name}: plots without points"
    assert "<svg" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.S), f"{name}: a picture that does not end"


def check_in_browser(browser, folder, name, text):
    # A frame takes any width, a window does not.
    measure = """<script>onload = () => { const page = document.querySelector('iframe').contentDocument, all = [...page.querySelectorAll('svg')];
        const seen = all.filter(p => p.getBoundingClientRect().width > 200 && p.getBoundingClientRect().height > 100);
        document.documentElement.dataset.seen = JSON.stringify([page.documentElement.scrollWidth, seen.length, all.length]); }</script>"""
    file = folder / f"{name}.framed.html"
    for width in (400, 1400):
        file.write_text(f'<!DOCTYPE html><iframe width="{width}" height="2000" frameborder="0" srcdoc="{html.escape(text)}"></iframe>{measure}', encoding="utf-8")
        run = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={folder}/browser", "--window-size=1500,2100", "--dump-dom", file.as_uri()],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=True, timeout=120)
        found = re.search(r'data-seen="(\[[^"]*\])"', run.stdout)
        assert found, f"{name}: the browser measured nothing"
        content, seen, pictures = json.loads(found[1])
        assert content <= width, f"{name}: {content} pixels wide, in {width}"
        assert seen == pictures >= PLOTS[name], f"{name}: {seen} of {pictures} plots are visible"
        messages = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
        assert not messages, f"{name}: {messages}"


def main():
    program = sys.argv[1]
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    in_browser = "--browser" in sys.argv
    if in_browser and not browser:
        print("no browser: nothing was checked")
        return 77
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name, problem in (("near", PROBLEM), ("far", FAR)):
            (folder / f"{name}.json").write_text(json.dumps(problem), encoding="utf-8")
            subprocess.run([program, "integrate", f"{name}.json", "--out", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            subprocess.run([program, "report", name, "-o", f"{name}.html"], cwd=folder, check=True)
        subprocess.run([program, "verify", "ji_telgarsky_2019", "--instance", "orthogonal_points_depth_2", "--digits", "10", "--out", "verdicts", "--report", "direct.html"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([program, "report", "verdicts", "-o", "verdicts.html"], cwd=folder, check=True)
        assert (folder / "direct.html").read_bytes() == (folder / "verdicts.html").read_bytes(), "the page made at once and the one made from the files differ"
        for name in PLOTS:
            text = (folder / f"{name}.html").read_text(encoding="utf-8")
            if in_browser:
                check_in_browser(browser, folder, name, text)
            else:
                check_structure(name, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
