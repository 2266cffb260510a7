"""An office without internet: one archive, installed in an empty environment with no network."""

import platform as platform_of_python
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = """# a head
both==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
colour==0.4 ; sys_platform == 'win32' \\
    --hash=sha256:cc
loop==2 ; platform_python_implementation != 'PyPy' and sys_platform != 'win32' \\
    --hash=sha256:dd
older==1.9 ; python_full_version < '3.12' \\
    --hash=sha256:ee
newer==2.0 ; python_full_version >= '3.12' or sys_platform == 'plan9' \\
    --hash=sha256:ff
second==1.0 ; python_full_version < '3.14' and platform_machine != 'aarch64' \\
    --hash=sha256:ab
"""


@pytest.fixture(scope="module")
def bundle():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        loader = SourceFileLoader("bundle", str(ROOT / "scripts" / "bundle"))
        module = module_from_spec(spec_from_loader("bundle", loader))
        patch.setattr(sys, "dont_write_bytecode", True)
        loader.exec_module(module)
        yield module


def names(requirements):
    return [line.split("==")[0] for line in requirements.splitlines() if "==" in line]


@pytest.mark.parametrize(
    ("platform", "python", "expected"),
    [
        ("win_amd64", "3.11", ["both", "colour", "older", "second"]),
        ("manylinux", "3.11", ["both", "loop", "older", "second"]),
        ("win_amd64", "3.12", ["both", "colour", "newer", "second"]),
        ("manylinux", "3.13", ["both", "loop", "newer", "second"]),
        ("manylinux", "3.14", ["both", "loop", "newer"]),
        ("manylinux_aarch64", "3.11", ["both", "loop", "older"]),
    ],
)
def test_what_a_platform_needs_of_the_lock(bundle, platform, python, expected):
    found = bundle.wanted(LOCK, bundle.PLATFORMS[platform], python)
    assert names(found) == expected
    assert ";" not in found
    assert found.startswith("both==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n")


@pytest.mark.parametrize("marker", ["extra == 'x'", "sys_platform in 'win32'", "(os_name)"])
def test_a_condition_it_does_not_know_stops_it(bundle, marker):
    lock = f"one==1 ; {marker} \\\n    --hash=sha256:aa\n"
    with pytest.raises(SystemExit, match="unknown condition"):
        bundle.wanted(lock, bundle.PLATFORMS["manylinux"], "3.11")


@pytest.mark.parametrize(
    ("marker", "there"),
    [
        ("(os_name == 'nt' or os_name == 'posix') and python_version < '3.12'", True),
        ("os_name == 'nt' or (os_name == 'posix' and python_version < '3.11')", False),
        ("((os_name == 'posix')) and (python_version == '3.11' or os_name == 'nt')", True),
    ],
)
def test_brackets_of_a_condition_come_first(bundle, marker, there):
    lock = f"one==1 ; {marker} \\\n    --hash=sha256:aa\n"
    found = names(bundle.wanted(lock, bundle.PLATFORMS["manylinux"], "3.11"))
    assert found == ["one"] * there


@pytest.mark.parametrize("platform", ["win_amd64", "manylinux", "manylinux_aarch64"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_the_lock_itself_is_understood_and_each_package_is_there_once(bundle, platform, python):
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    found = names(bundle.wanted(lock, bundle.PLATFORMS[platform], python))
    assert len(found) == len(set(found)) > 40
    assert ("colorama" in found) == (platform == "win_amd64")
    assert ("fiona" in found) == (python != "3.14" and platform != "manylinux_aarch64")
    assert {"geopandas", "folium", "cryptography", "pyogrio", "ezdxf"} <= set(found)


def test_the_wheels_asked_for_are_those_of_the_platform(bundle):
    tags = bundle.PLATFORMS["manylinux_aarch64"].tags
    assert "manylinux2014_aarch64" in tags
    assert "manylinux_2_28_aarch64" in tags
    assert all(tag.endswith("_aarch64") for tag in tags)
    here = bundle.PLATFORMS["manylinux"]
    if (sys.platform, platform_of_python.machine()) == ("linux", "x86_64"):
        assert here.python == sysconfig.get_platform()


def test_the_demonstration_goes_along(bundle, tmp_path, monkeypatch):
    """With the layers that are made, whatever stands in the checkout."""

    def made(_python, script, *arguments):
        assert (script, arguments[0]) == ("scripts/make_demo_layers", "--project")
        assert not (arguments[1] / "synthetic").exists()
        (arguments[1] / "synthetic").mkdir()

    monkeypatch.setattr(bundle.workplace, "run", made)
    bundle.add_demonstration(tmp_path / "demo" / "hejin-2024")
    assert {one.name for one in (tmp_path / "demo" / "hejin-2024").iterdir()} >= {
        "project.toml", "policy.toml", "targets.csv", "villages.csv", "synthetic",
    }  # fmt: skip
    monkeypatch.setattr(bundle.workplace, "run", lambda *_: 1)
    with pytest.raises(SystemExit, match="were not made"):
        bundle.add_demonstration(tmp_path / "again")


def test_the_same_files_give_the_same_archive(bundle, tmp_path):
    for place in ("one", "two"):
        (tmp_path / place / "nuantu" / "wheels").mkdir(parents=True)
        for name in ("b.txt", "wheels/a.whl") if place == "one" else ("wheels/a.whl", "b.txt"):
            (tmp_path / place / "nuantu" / name).write_text(name, encoding="utf-8")
        bundle.pack(tmp_path / place / "nuantu", tmp_path / place / "x.zip")
    assert (tmp_path / "one/x.zip").read_bytes() == (tmp_path / "two/x.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "one/x.zip").namelist() == [
        "nuantu/b.txt",
        "nuantu/wheels/a.whl",
    ]


def cut_off(folder, *command):
    """Run with no network and nothing of the surroundings but where Python is."""
    alone = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run([shutil.which("unshare"), "-n", *map(str, command)], env=alone,
        capture_output=True,
                          encoding="utf-8", check=False)  # fmt: skip


def base_python():
    """The Python that this environment was made of; it has pip, as an office's has."""
    return shutil.which("python3", path=f"{sys.base_prefix}/bin") or sys.executable


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    if not shutil.which("unshare") or cut_off(folder, "/bin/true").returncode:
        pytest.skip("the network cannot be cut on this machine")
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    run = subprocess.run(
        [base_python(), ROOT / "scripts" / "bundle", "--platform", "manylinux", "--python", python,
         "--out", folder], capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if run.returncode and "what pip said" in run.stderr:
        pytest.skip(f"the wheels cannot be had here: {run.stderr.strip().splitlines()[-2]}")
    assert run.returncode == 0, run.stderr
    (archive,) = folder.glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    archive.unlink()
    return folder / "nuantu"


@pytest.mark.long
def test_it_installs_and_runs_with_the_network_cut(unpacked):
    install = cut_off(unpacked, base_python(), unpacked / "install.py", unpacked / "env")
    assert install.returncode == 0, install.stderr
    nuantu = unpacked / "env" / "bin" / "nuantu"
    assert cut_off(unpacked, nuantu, "new", unpacked / "city").returncode == 0
    check = cut_off(unpacked, nuantu, "check", unpacked / "demo" / "hejin-2024")
    assert check.returncode == 0, check.stderr
    code = "import folium, geopandas, highspy, pyogrio, cryptography, gis; print(gis.__file__)"
    run = cut_off(unpacked, unpacked / "env" / "bin" / "python", "-P", "-c", code)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(str(unpacked / "env"))


@pytest.mark.long
def test_the_installed_desk_takes_a_file_with_the_network_cut(unpacked, tmp_path):
    place = unpacked / "desk-env"
    install = cut_off(unpacked, base_python(), unpacked / "install.py", place)
    assert install.returncode == 0, install.stderr
    ledger = tmp_path / "甲镇.csv"
    ledger.write_text("序号,村名,取暖方式\n1,东村,煤\n", encoding="utf-8")
    script = Path(__file__).with_name("drop_at_desk.py")
    programs, city = place / "bin", tmp_path / "city"
    run = cut_off(tmp_path, programs / "python", "-P", script, programs / "nuantu", city, ledger)
    assert run.returncode == 0, run.stderr
    assert "1 行；认得表头 村名、取暖方式" in run.stdout
    assert (city / "甲镇.csv").read_text("utf-8") == ledger.read_text("utf-8")
    assert "甲镇.csv" in (city / "project.toml").read_text("utf-8")


@pytest.mark.long
def test_a_wheel_that_was_tampered_with_is_not_installed(unpacked):
    (wheel,) = (unpacked / "wheels").glob("segno-*.whl")
    wheel.write_bytes(wheel.read_bytes() + b" ")
    run = cut_off(unpacked, base_python(), unpacked / "install.py", unpacked / "other")
    assert run.returncode == 1
    assert "segno" in run.stderr
    assert not list((unpacked / "other").rglob("segno"))


@pytest.mark.long
def test_a_folder_with_something_else_in_it_is_left_alone(unpacked, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for place in (tmp_path, tmp_path / "mine.txt"):
        run = cut_off(unpacked, base_python(), unpacked / "install.py", place)
        assert run.returncode == 1
        assert "left alone" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_windows_office_starts_it_by_a_double_click():
    """In any folder, on a network drive too; in the code page of any console; by py or python."""
    lines = (ROOT / "scripts" / "bundled" / "install.cmd").read_bytes().split(b"\r\n")
    assert all(line.isascii() and b"\n" not in line for line in lines)
    assert b'pushd "%~dp0"' in lines
    assert lines[-2:] == [b"pause", b""]


@pytest.mark.long
@pytest.mark.parametrize("console", ["gbk", "ascii"])
def test_a_console_without_all_signs_stops_nothing(unpacked, tmp_path, console):
    office = tmp_path / "暖图 office"
    office.mkdir()
    for name in ("install.py", "python.txt"):
        shutil.copy(unpacked / name, office / name)
    command = [base_python(), office / "install.py"]
    said = {"PYTHONIOENCODING": console, "PYTHONUTF8": "0", "PATH": "/usr/bin:/bin"}
    run = subprocess.run(command, env=said, capture_output=True, encoding=console, check=False)
    assert "UnicodeEncodeError" not in run.stderr
    assert "installing into" in run.stdout
    say = "import workplace; workplace.say('生成', 'making')"
    run = subprocess.run([base_python(), "-c", say], env=said, cwd=ROOT / "scripts",
                         capture_output=True, encoding=console, check=False)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "making" in run.stdout


@pytest.mark.long
def test_another_python_is_refused_in_words(unpacked):
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for needed in ("2.7 linux-x86_64", f"{version} linux-sparc"):
        (unpacked / "python.txt").write_text(f"{needed}\n", encoding="utf-8")
        run = cut_off(unpacked, base_python(), unpacked / "install.py")
        assert run.returncode == 1
        assert f"needs Python {needed}, found {version} linux-" in run.stderr
