"""The planner and township files: numbers masked, for the office alone, and saying so on paper."""

import csv
import json
import os
import re
import shutil
import stat
import zipfile
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from publish import sample
from publish.sample_variants import replaced, with_homes
from publish.test_signing import write

from gis.disclosure.leak_scan import BlockReader
from gis.publish import publish, verify
from gis.publish.archive import edition_names
from gis.publish.signing import signed_by, signer

SECRETS = ("13900990000", "13900990017", "110101199003070000", "13700000000", "13600000000",
           "13500000000", "13400000000")  # fmt: skip


def _planted(folder):
    run = sample.results(folder)
    homes = run.facts.households.copy()
    homes["extra:备用电话"] = "13900990000"
    homes.loc[17, "extra:备用电话"] = "13900990017"
    homes["extra:配偶"] = "证 110101199003070000"
    homes["extra:备注"] = "联系人王某 13700000000"
    homes.loc[3, "address"] = "樊村3号，电话13600000000"
    run = with_homes(run, homes)
    tables = dict(run.layers.tables)
    tables["villages"] = tables["villages"].assign(**{"extra:支书": "李 13500000000"})
    decided = run.decisions.villages.assign(reason_zh="同意，13400000000", dissent=True)
    run.decisions.villages = decided
    return replaced(run, layers=run.layers.__class__(tables, run.layers.origins, ()))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return _planted(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def out(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "DIR"
    before = os.umask(0o022)
    (folder / "editions").mkdir(parents=True)  # as an earlier version left it
    publish(replaced(run, unmask=True), folder)
    publish(run, folder, sign=signer(_keys(folder.parent)[0], apart=(folder,)))
    os.umask(before)
    return folder


def _keys(folder):
    made = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    return write(folder / "keys", "office", made)


def _held(folder):
    """The secrets that can be read in the files of the office's folders."""
    found, reader = {}, BlockReader()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name.split("/")[0] in ("planner", "townships"):
            texts = [v for v in reader.views(name, path.read_bytes()) if isinstance(v, str)]
            if inside := [one for one in SECRETS if any(one in text for text in texts)]:
                found[name] = inside
    return found


def test_no_file_of_the_office_holds_a_number_whole(out):
    assert _held(out) == {}


def test_all_of_them_are_there_when_asked_for(out):
    kept = out / "editions" / edition_names(out)[-1]
    found = _held(kept)
    assert set().union(*found.values()) == set(SECRETS)
    assert {"planner/households.xlsx", "planner/nuantu.gpkg", "planner/decisions.csv"} <= set(found)
    assert "townships/140882001/list.xlsx" in found


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights of a file")
def test_the_public_may_read_what_is_public_and_nothing_else(out):
    for path in (out, *out.rglob("*")):
        name = path.relative_to(out).as_posix()
        mine = name.split("/")[0] in (
            "planner",
            "townships",
            "editions",
            "manifest.json",
            "manifest.sig",
        )
        if name.startswith("editions/") and "/public" in name:
            continue  # below a folder that is closed
        right = stat.S_IMODE(path.stat().st_mode)
        if path.is_dir():
            assert right == (0o700 if mine else 0o755), name
        else:
            assert right == (0o600 if mine else 0o644), name


def test_every_sheet_but_those_to_be_posted_says_on_every_page_that_it_is_internal(out):
    books = [path for path in out.rglob("*.xlsx") if "editions" not in path.parts]
    assert len(books) > 10
    for path in books:
        with zipfile.ZipFile(BytesIO(path.read_bytes())) as book:
            pages = [name for name in book.namelist() if "worksheets/sheet" in name]
            for page in pages:
                text = book.read(page).decode()
                header = re.search("<oddHeader>(.*?)</oddHeader>", text)
                if path.name == "public_list.xlsx":  # to be posted
                    assert header is None, page
                    assert "内部资料" not in text, page
                    footer = re.search("<oddFooter>.*第 &amp;P 页.*</oddFooter>", text)
                    assert footer or "页次" in book.read("xl/sharedStrings.xml").decode(), page
                    continue
                assert header is not None, (path, page)
                assert "内部资料 不得公开" in header.group(1)


def test_the_public_edition_is_proven_by_itself(out, tmp_path):
    alone = shutil.copytree(out / "public", tmp_path / "public")
    key = _keys(out.parent)[1]
    assert verify(alone).whole
    assert verify(alone).as_of == "2024-10-31"
    assert signed_by(alone, key)
    assert signed_by(out, key)
    assert verify(out).whole
    told = json.loads((alone / "manifest.json").read_bytes())
    assert set(told) == {"format", "project", "policy", "code", "rows", "outputs", "seal"}
    there = {p.relative_to(alone).as_posix() for p in alone.rglob("*") if p.is_file()}
    assert {one["path"] for one in told["outputs"]} == there - {"manifest.json", "manifest.sig"}
    # published counts are told to ten: 40, 7 with 5 and 30 homes are 82 in truth
    table = list(csv.DictReader((alone / "data/villages.csv").open(encoding="utf-8-sig")))
    published = [int(row["households"]) for row in table if row["households"]]
    assert told["rows"]["households"] == sum(published)
    assert told["rows"]["households"] != sum(sample.SIZES.values())
    assert told["rows"]["villages"] == 4
    (alone / "data" / "villages.csv").write_bytes(b"x")
    (alone / "new.txt").write_bytes(b"x")
    found = verify(alone)
    assert (found.changed, found.added) == (("data/villages.csv",), ("new.txt",))
    (alone / "manifest.sig").write_bytes(b"AAAA")
    assert not signed_by(alone, key)


def test_a_public_signature_that_is_gone_or_too_many_is_named(out, tmp_path):
    whole = shutil.copytree(out, tmp_path / "out")
    (whole / "public" / "manifest.sig").unlink()
    assert verify(whole).missing == ("public/manifest.sig",)
    assert not signed_by(whole, _keys(out.parent)[1])
    (whole / "public" / "manifest.sig").write_bytes(b"x")
    (whole / "manifest.sig").unlink()
    assert verify(whole).added == ("public/manifest.sig",)
