"""Build the one-folder program with PyInstaller and, on Debian and Ubuntu, a package of it.

Writes ``dist/syncline/`` and ``dist/syncline_VERSION_ARCH.deb``. Run by ``./run bundle``.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
LINUX = ROOT / "packaging" / "linux"

# What the frozen program still takes from the system (its own libraries come along).
DEPENDS = (
    "libc6, libegl1, libgl1, libxkbcommon0, libxkbcommon-x11-0, libdbus-1-3, libfontconfig1, libxcb-cursor0, "
    "libxcb-icccm4, libxcb-keysyms1, libxcb-shape0"
)

CONTROL = """\
Package: syncline
Version: {version}
Section: video
Priority: optional
Architecture: {arch}
Maintainer: The Syncline authors <maintainers@syncline.invalid>
Installed-Size: {size}
Depends: {depends}
Description: Lay two recordings onto each other
 Opens two videos, recordings or feature files, shows how they align, lets you
 take the warping path in hand and correct it, and exports the result.
"""


def freeze() -> Path:
    """Run PyInstaller; return the program's folder."""
    words = ["--noconfirm", "--clean", "--log-level", "WARN", "--distpath", str(DIST)]
    words += ["--workpath", str(ROOT / "build" / "pyinstaller"), str(ROOT / "packaging" / "syncline.spec")]
    subprocess.run([sys.executable, "-m", "PyInstaller", *words], check=True, cwd=ROOT)
    return DIST / "syncline"


def debian(program: Path) -> Path:
    """Wrap the program's folder into a .deb with desktop file, icon and MIME type."""
    version = importlib.metadata.version("syncline")
    arch = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
    tree = ROOT / "build" / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(program, tree / "opt" / "syncline", symlinks=True)
    places = {
        LINUX / "syncline.desktop": "usr/share/applications/syncline.desktop",
        LINUX / "syncline.xml": "usr/share/mime/packages/syncline.xml",
        LINUX / "io.github.syncline.metainfo.xml": "usr/share/metainfo/io.github.syncline.metainfo.xml",
        ROOT / "resources/syncline_resources/icons/syncline.svg": "usr/share/icons/hicolor/scalable/apps/syncline.svg",
        ROOT / "LICENSE": "usr/share/doc/syncline/copyright",
    }
    for source, place in places.items():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, tree / place)
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/syncline").symlink_to("/opt/syncline/syncline")
    size = sum(f.stat().st_size for f in tree.rglob("*") if f.is_file()) // 1024
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(CONTROL.format(version=version, arch=arch, size=size, depends=DEPENDS))
    for folder in (tree, *(d for d in tree.rglob("*") if d.is_dir() and not d.is_symlink())):
        folder.chmod(0o755)
    out = DIST / f"syncline_{version}_{arch}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(tree), str(out)], check=True)
    return out


def main() -> None:
    """Build what this machine can build."""
    program = freeze()
    total = sum(f.stat().st_size for f in program.rglob("*") if f.is_file() and not f.is_symlink())
    print(f"{os.path.relpath(program, ROOT)}: {total / 1e6:.0f} MB")
    if shutil.which("dpkg-deb"):
        package = debian(program)
        print(f"{os.path.relpath(package, ROOT)}: {package.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
