"""A folder: whole files or none, and nothing leads out of it."""

import io
import os

import pytest
from transfer.folder import Folder
from transfer.names import PART
from transfer.problems import TransferProblem


@pytest.fixture
def place(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "passwd").write_text("root:x")
    folder = Folder(str(tmp_path / "root"))
    yield folder, tmp_path / "root", tmp_path / "secret"
    folder.close()


def refused(code, call, *arguments):
    with pytest.raises(TransferProblem) as caught:
        call(*arguments)
    assert caught.value.code == code


def test_a_file_is_there_whole_or_not_at_all(place):
    folder, root, _secret = place
    folder.make("a/b")

    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise TransferProblem("too_large")

    refused("too_large", folder.put, "a/b", "x.csv", Broken())
    assert folder.look("a/b", "x.csv") is None
    folder.put("a/b", "x.csv", io.BytesIO(b"one"))
    assert (root / "a" / "b" / "x.csv").read_bytes() == b"one"
    assert [entry.name for entry in folder.entries("a/b")] == ["x.csv"]


def test_no_file_is_written_over_unless_it_shall(place):
    folder, root, _secret = place
    folder.put("", "x.csv", io.BytesIO(b"one"))
    refused("exists", folder.put, "", "x.csv", io.BytesIO(b"two"))
    assert (root / "x.csv").read_bytes() == b"one"
    assert not (root / f".x.csv{PART}").exists()
    folder.put("", "x.csv", io.BytesIO(b"two"), True)
    assert (root / "x.csv").read_bytes() == b"two"
    folder.make("done")
    (root / "done" / "x.csv").write_bytes(b"old")
    refused("exists", folder.move, "", "x.csv", "done", "x.csv")
    folder.move("", "x.csv", "done", "x-2.csv")
    assert (root / "done" / "x-2.csv").read_bytes() == b"two"


def test_links_are_neither_listed_nor_followed(place):
    folder, root, secret = place
    (root / "link.csv").symlink_to(secret / "passwd")
    (root / "way").symlink_to(secret)
    os.mkfifo(root / "pipe.csv")
    assert folder.entries("") == []
    assert folder.look("", "link.csv") is None
    refused("is_link", folder.entries, "way")
    refused("is_link", folder.put, "way", "x.csv", io.BytesIO(b"x"))
    refused("is_link", folder.make, "way/deeper")
    for name, code in (("link.csv", "is_link"), ("pipe.csv", "not_a_file")):
        with pytest.raises(TransferProblem) as caught, folder.reading("", name):
            pass
        assert caught.value.code == code
    assert sorted(path.name for path in secret.iterdir()) == ["passwd"]


def test_a_planted_temporary_link_is_not_written_through(place):
    folder, root, secret = place
    (root / f".x.csv{PART}").symlink_to(secret / "passwd")
    folder.put("", "x.csv", io.BytesIO(b"mine"))
    assert (secret / "passwd").read_text() == "root:x"
    assert (root / "x.csv").read_bytes() == b"mine"


@pytest.mark.parametrize("path", ["..", "a/../..", "/etc", "~"])
def test_no_path_leads_out(place, path):
    folder, _root, _secret = place
    for call in (folder.entries, folder.make):
        refused("path_bad", call, path)
    refused("path_bad", folder.put, path, "x.csv", io.BytesIO(b"x"))


def test_what_is_missing_is_said(place):
    folder, _root, _secret = place
    refused("missing", folder.entries, "nowhere")
    refused("missing", Folder, "/nowhere-at-all")
