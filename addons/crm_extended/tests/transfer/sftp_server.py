"""A small SFTP server over a folder, for tests: one login, one key of the host."""

import os
import socket
import threading

import paramiko


class _Door(paramiko.ServerInterface):
    def __init__(self, password, public):
        self._password, self._public = password, public

    def check_channel_request(self, kind, _number):
        return paramiko.OPEN_SUCCEEDED

    def check_auth_password(self, login, password):
        fits = login == "us" and password == self._password
        return paramiko.AUTH_SUCCESSFUL if fits else paramiko.AUTH_FAILED

    def check_auth_publickey(self, login, key):
        fits = login == "us" and self._public and key.asbytes() == self._public
        return paramiko.AUTH_SUCCESSFUL if fits else paramiko.AUTH_FAILED

    def get_allowed_auths(self, _login):
        return "password,publickey"


class _Handle(paramiko.SFTPHandle):
    def stat(self):
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


def _files(root):
    class Files(paramiko.SFTPServerInterface):
        def _real(self, path):
            return root + self.canonicalize(path)

        def _try(self, call, *arguments):
            try:
                return call(*arguments)
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        def list_folder(self, path):
            def names():
                real, found = self._real(path), []
                for name in os.listdir(real):
                    state = os.lstat(os.path.join(real, name))
                    found.append(paramiko.SFTPAttributes.from_stat(state, name))
                return found

            return self._try(names)

        def stat(self, path):
            return self._try(
                lambda: paramiko.SFTPAttributes.from_stat(os.stat(self._real(path)))
            )

        def lstat(self, path):
            return self._try(
                lambda: paramiko.SFTPAttributes.from_stat(os.lstat(self._real(path)))
            )

        def open(self, path, flags, _attributes):
            def opened():
                file = os.fdopen(
                    os.open(self._real(path), flags, 0o600),
                    "r+b"
                    if flags & (os.O_WRONLY | os.O_RDWR) == os.O_RDWR
                    else "wb"
                    if flags & os.O_WRONLY
                    else "rb",
                )
                handle = _Handle(flags)
                handle.filename = path
                handle.readfile = handle.writefile = file
                return handle

            return self._try(opened)

        def remove(self, path):
            return self._try(os.remove, self._real(path)) or paramiko.SFTP_OK

        def rename(self, old, new):
            if os.path.lexists(self._real(new)):
                return paramiko.SFTP_FAILURE
            return self.posix_rename(old, new)

        def posix_rename(self, old, new):
            found = self._try(os.rename, self._real(old), self._real(new))
            return found or paramiko.SFTP_OK

        def mkdir(self, path, _attributes):
            return self._try(os.mkdir, self._real(path)) or paramiko.SFTP_OK

    return Files


class SftpServer:
    """Serves `root` at 127.0.0.1 until `stop`; `key` is the host's, to be pinned."""

    def __init__(self, root, password="s3cret", public=b""):
        self.root, self.password, self.public = root, password, public
        self.key = paramiko.ECDSAKey.generate()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._transports = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def pinned(self):
        return f"{self.key.get_name()} {self.key.get_base64()}"

    def _serve(self):
        while True:
            try:
                line, _address = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler(
                "sftp", paramiko.SFTPServer, sftp_si=_files(self.root)
            )
            self._transports.append(transport)
            try:
                transport.start_server(server=_Door(self.password, self.public))
            except (paramiko.SSHException, EOFError):
                transport.close()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for transport in self._transports:
            transport.close()
        self._thread.join(5)
