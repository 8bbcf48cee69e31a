"""mini_smtp.py -- just enough SMTP for tests: a client that says what it is told, a mailbox that listens."""

import contextlib
import socket
import socketserver
import threading


class Client:
    """One session on a connected socket. Nothing is checked: tests look at the replies."""

    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.sock.close()

    def reply(self):
        """(code, text) of the next reply; code 0 when the connection ended."""
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                return 0, " / ".join(lines)
            lines.append(line[4:].decode("latin-1").strip())
            if line[3:4] != b"-":
                return int(line[:3]), " / ".join(lines)

    def say(self, line):
        self.sock.sendall(line.encode() + b"\r\n")
        return self.reply()


LETTER = "Subject: relay test\r\n\r\nA laboratory's letter.\r\n."


def send(sock, sender, recipient, helo="relaytest.probe.example", letter=LETTER):
    """Plays one mail. Returns (step, code, text) of the reply that decided: greeting, mail, rcpt, data, body."""
    with Client(sock) as smtp:
        steps = [("greeting", None), ("ehlo", "EHLO " + helo), ("mail", "MAIL FROM:<%s>" % sender),
                 ("rcpt", "RCPT TO:<%s>" % recipient), ("data", "DATA"), ("body", letter)]
        for step, line in steps:
            code, text = smtp.reply() if line is None else smtp.say(line)
            if code // 100 not in (2, 3):
                break
        with contextlib.suppress(OSError):
            smtp.say("QUIT")
        return step, code, text


class _Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def read_body(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        return b"".join(lines).decode("latin-1")

    def handle(self):
        sender, recipients = None, []
        self.say("220 rx.probe.example ESMTP")
        for line in self.rfile:
            words = line.decode("latin-1").strip()
            verb = words[:4].upper()
            if verb == "MAIL":
                sender, recipients = words.split("<", 1)[1].split(">", 1)[0], []
            elif verb == "RCPT":
                recipients.append(words.split("<", 1)[1].split(">", 1)[0])
            elif verb == "DATA":
                self.say("354 go on")
                self.server.keep(self.client_address[0], sender, recipients, self.read_body())
            elif verb == "QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")


class Mailbox(socketserver.ThreadingTCPServer):
    """Takes every mail that reaches a listening socket. Use in a `with`; look at .mails."""

    daemon_threads = True

    def __init__(self, listening):
        super().__init__(listening.getsockname()[:2], _Session, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.mails = []
        self.open = set()

    def get_request(self):
        connection, client = super().get_request()
        self.open.add(connection)
        return connection, client

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def keep(self, client, sender, recipients, body):
        for recipient in recipients:
            self.mails.append({"client": client, "from": sender, "to": recipient, "body": body})

    def to(self, recipient):
        return [mail for mail in self.mails if mail["to"].lower() == recipient.lower()]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        for connection in list(self.open):  # a server may keep one for its next letter, which is another mailbox's
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
