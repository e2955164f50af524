# SPDX-License-Identifier: Apache-2.0
"""Pictures of the report page in headless Chromium, light and dark. usage: pictures.py COMMAND FOLDER
Last line: N passed, N failed, N skipped"""
import pathlib
import shutil
import subprocess
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "source"))
import run as source  # noqa: E402

WIDTH, HEIGHT = 1360, 1700


def png_rows(path):
    """Rows of (red, green, blue) of a PNG without interlace, 8 bits a channel."""
    data = path.read_bytes()
    width = int.from_bytes(data[16:20], "big")
    channels = 4 if data[25] == 6 else 3
    packed, place = b"", 8
    while place < len(data):
        length = int.from_bytes(data[place:place + 4], "big")
        if data[place + 4:place + 8] == b"IDAT":
            packed += data[place + 8:place + 8 + length]
        place += length + 12
    raw, stride = zlib.decompress(packed), width * channels
    before = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        kind, row = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        for i in range(stride):
            left = row[i - channels] if i >= channels else 0
            up, corner = before[i], before[i - channels] if i >= channels else 0
            if kind == 1:
                row[i] = (row[i] + left) & 255
            elif kind == 2:
                row[i] = (row[i] + up) & 255
            elif kind == 3:
                row[i] = (row[i] + (left + up) // 2) & 255
            elif kind == 4:
                guess = left + up - corner
                best = min((left, up, corner), key=lambda one, guess=guess: abs(guess - one))
                row[i] = (row[i] + best) & 255
        before = row
        yield [tuple(row[i:i + 3]) for i in range(0, stride, channels)]


def shares(path):
    """Share of the page's own colour, and number of pixels of the front's colours, in the first
    picture's place."""
    rows = list(png_rows(path))
    paper = rows[2][2]
    plain = sum(row.count(paper) for row in rows) / (len(rows) * len(rows[0]))
    orange = sum(1 for row in rows[100:600] for red, green, blue in row[:660]
                 if red > 200 and 60 < green < 180 and blue < 120)
    return paper, plain, orange


def shoot(browser, page, picture, dark):
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--window-size=%d,%d" % (WIDTH, HEIGHT), "--user-data-dir=%s" % (page.parent / "profile"),
             "--screenshot=%s" % picture, page.as_uri()]
    if dark:
        words[1:1] = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
    subprocess.run(words, capture_output=True, timeout=120, check=False)


def make_page(command, folder):
    """Three searches of a table with a trade-off."""
    rows = ["a,b,c,top1,latency"]
    for a in range(8):
        for b in range(8):
            for c in range(8):
                rows.append("%d,%d,%d,%g,%g" % (a, b, c, 60 + 3 * a + 2 * b - 0.2 * a * a + 0.1 * c,
                                                5 + a * a + 2 * b + c))
    (folder / "t.csv").write_text("\n".join(rows) + "\n")
    journals = []
    for seed in (1, 2, 3):
        journals.append("run%d.jsonl" % seed)
        subprocess.run([command, "search", "--table", "t.csv", "--variables", "a..c", "--objective",
                        "top1:max:%", "--objective", "latency:min:ms", "--evaluations", "80",
                        "--seed", str(seed), "--journal", journals[-1]], cwd=folder, check=True,
                       capture_output=True)
    subprocess.run([command, "report", *journals, "-o", "report.html"], cwd=folder, check=True)
    return folder / "report.html"


def main(command, folder):
    report = source.Report()
    browser = shutil.which("chromium")
    if not browser:
        report.skip("Chromium is not installed")
        return report.close()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    page = make_page(command, folder)
    for name, dark in (("light", False), ("dark", True)):
        picture = folder / (name + ".png")
        shoot(browser, page, picture, dark)
        if not picture.exists():
            report.check("a picture of the %s page" % name, ["there is none"])
            continue
        paper, plain, orange = shares(picture)
        findings = []
        if (max(paper) < 60) != dark:
            findings.append("the paper is %s" % (paper,))
        if not 0.5 < plain < 0.98:
            findings.append("%.3f of the page is empty" % plain)
        if orange < 300:
            findings.append("%d pixels of the front" % orange)
        report.check("the %s page is what it should be" % name, findings)
    return report.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
