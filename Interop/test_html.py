"""Reports as pages, in a browser: nothing to complain of, and both themes are drawn."""

import pathlib
import re
import shutil
import subprocess

import pytest

from helpers import sparsify

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium")


def browse(page, *options):
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", *options, page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr, done.stderr
    return done.stdout


def pages(folder):
    fixtures = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
    data = ["--data-x", f"{fixtures}/digits.npz:x_test", "--data-y", f"{fixtures}/digits.npz:y_test"]
    model = fixtures / "digits_mlp.h5"
    sparsify(model, folder / "out.spm", "--sparsity", 0.9, "--epochs", 3, *data, "--quiet", "--html", folder / "prune.html")
    sparsify("sweep", model, "--criteria", "magnitude,random", *data, "--quiet", "--html", folder / "sweep.html")
    sparsify("inspect", fixtures / "digits_cnn.h5", "--html", folder / "inspect.html")
    sparsify("scan", model, *data, "--quiet", "--html", folder / "scan.html")
    return [folder / name for name in ("prune.html", "sweep.html", "inspect.html", "scan.html")]


def test_pages(tmp_path):
    for page in pages(tmp_path):
        text = browse(page, "--dump-dom")
        assert "<h2>" in text and not re.search("<script", text)
        shots = []
        for theme in (0, 1):
            shot = tmp_path / f"{page.stem}-{theme}.png"
            browse(page, f"--blink-settings=preferredColorScheme={theme}", f"--screenshot={shot}", "--window-size=1200,1600")
            shots.append(shot.read_bytes())
        # A page that is drawn takes more than a blank one, and the themes differ.
        assert all(len(shot) > 20_000 for shot in shots) and shots[0] != shots[1]
