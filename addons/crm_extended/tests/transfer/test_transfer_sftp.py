import io
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import paramiko

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...transfer.remote import fingerprint
from .sftp_server import SftpServer
from .transfer_common import TransferCase

IN, OUT, DONE = (f"test-acc/{n}" for n in ("incoming", "outgoing", "processed"))


@tagged("post_install", "-at_install")
class TestTransferSftp(TransferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name)
        cls.user_key = paramiko.ECDSAKey.generate()
        cls.server = SftpServer(folder.name, public=cls.user_key.asbytes())
        cls.addClassCleanup(cls.server.stop)
        cls.place = cls.env["crm.exchange.place"].create(
            {
                "name": "Their server",
                "kind": "sftp",
                "host": "127.0.0.1",
                "port": cls.server.port,
                "login": "us",
                "password": "s3cret",
                "host_key": cls.server.pinned,
            }
        )

    def test_files_go_there_whole_and_come_back(self):
        self.run_well(self.make(mode="full", pattern="all.csv"))
        self.assertEqual(self.files(OUT), ["all.csv", "all.csv.sha256"])
        text = (self.root / OUT / "all.csv").read_text()
        self.assertEqual(text.count("Transfer"), 3)
        self.bring("a.csv", "key.id;name\nC-1;Transfer New\n")
        (self.root / IN / "link.csv").symlink_to("/etc/passwd")
        run = self.run_well(self.make("import"))
        self.assertEqual(run.file_ids.created_count, 1)
        self.assertEqual(self.files(IN), ["link.csv"])
        self.assertEqual(self.files(DONE), ["a.csv", "a.result.csv"])
        (self.root / IN / "link.csv").unlink()

    def test_a_taken_name_is_not_written_over_and_a_shared_one_is(self):
        transfer = self.make(mode="full", pattern="x.csv", write_sum=False)
        transfer.folder = "twice"
        self.run_well(transfer)
        self.run_well(transfer)
        self.assertEqual(self.files("twice"), ["x-2.csv", "x.csv"])
        transfer.replace = True
        self.run_well(transfer)
        self.assertEqual(self.files("twice"), ["x-2.csv", "x.csv"])

    def test_a_large_file_arrives_as_it_was_sent(self):
        data = bytes(range(256)) * 20_000
        with self.place._opened() as place:
            place.make("big")
            place.put("big", "x.bin", io.BytesIO(data))
            with place.reading("big", "x.bin") as stream:
                self.assertEqual(
                    b"".join(iter(lambda: stream.read(1 << 20), b"")), data
                )

    def test_the_test_button_works_and_leaves_nothing(self):
        note = self.place.action_test()
        self.assertEqual(note["params"]["type"], "success", note)
        self.assertFalse([n for n in self.files("") if n.startswith("exchange-test")])

    def refused(self, words):
        with mute_logger("paramiko.transport"):
            note = self.place.action_test()
        self.assertEqual(note["params"]["type"], "danger")
        self.assertIn(words, self.place.problem)
        self.assertNotIn("s3cret", self.place.problem)

    def test_another_host_key_is_refused_before_the_password_is_sent(self):
        other = paramiko.ECDSAKey.generate()
        self.place.host_key = f"{other.get_name()} {other.get_base64()}"
        with patch.object(SftpServer, "password", "x", create=True):
            self.refused("another key")
        self.assertIn(fingerprint(self.server.key.asbytes()), self.place.problem)

    def test_without_a_pinned_key_nothing_is_sent(self):
        self.place.host_key = False
        self.refused("host key")

    def test_the_key_is_read_shown_and_not_silently_replaced(self):
        self.place.host_key = False
        note = self.place.action_read_host_key()
        self.assertEqual(self.place.host_key, self.server.pinned)
        self.assertIn(fingerprint(self.server.key.asbytes()), note["params"]["message"])
        other = paramiko.ECDSAKey.generate()
        self.place.host_key = f"{other.get_name()} {other.get_base64()}"
        with self.assertRaises(UserError):
            self.place.action_read_host_key()

    def test_a_wrong_password_is_told(self):
        self.place.password = "wrong"
        self.refused("refuses the login")

    def test_a_private_key_opens_instead_of_a_password(self):
        text = io.StringIO()
        self.user_key.write_private_key(text)
        self.place.write({"password": False, "private_key": text.getvalue()})
        self.assertEqual(self.place.action_test()["params"]["type"], "success")
        self.place.private_key = "-----BEGIN NOTHING-----"
        self.refused("private key cannot be read")

    def test_a_server_that_is_not_there_is_told(self):
        self.place.port = 1
        self.refused("127.0.0.1")

    def test_without_the_libraries_it_says_what_to_add(self):
        for name in ("fsspec", "paramiko"):
            with patch.dict(sys.modules, {name: None}):
                self.refused(f"{name} is missing")

    def test_an_address_that_is_none_is_refused(self):
        for host in ("a b", "-oProxyCommand=x", "x/y", "", "a;b"):
            with self.subTest(host), self.assertRaises(ValidationError):
                self.place.host = host
