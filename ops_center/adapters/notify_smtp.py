"""SMTP: a message as mail, over TLS unless the deployment says otherwise."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate

from ops_center.domain.errors import words_of
from ops_center.ports import Clock, Fate, Outgoing

MOST_SUBJECT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """Implements `ports.Notifier`. `tls` is starttls (refused where the server has none), implicit or none."""

    host: str
    port: int
    sender: str
    clock: Clock
    tls: str = "starttls"
    user: str = ""
    password: str = ""
    timeout_s: float = 10.0
    context: ssl.SSLContext | None = None  # None: the system's authorities, names checked

    def send(self, message: Outgoing) -> Fate:
        """Hand the mail to the server; a mailbox it does not know is not tried again."""
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(self._mail(message))
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return Fate(state="failed", reason=f"{code} {_plain(said)}", again=code < 500)
        except smtplib.SMTPResponseException as error:
            # 535 is our own password: that is mended here, so the message waits for it.
            permanent = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
            return Fate(state="failed", reason=f"{error.smtp_code} {_plain(error.smtp_error)}", again=not permanent)
        except (OSError, smtplib.SMTPException) as error:
            return Fate(state="failed", reason=f"{self.host}:{self.port}: {words_of(error)}")
        except ValueError as error:  # an address that no header can carry
            return Fate(state="failed", reason=str(error), again=False)
        return Fate(state="sent")

    def _connected(self) -> smtplib.SMTP:
        context = self.context or ssl.create_default_context()
        if self.tls == "implicit":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        if self.tls == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server

    def _mail(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = message.address
        mail["Subject"] = " ".join(message.subject.split())[:MOST_SUBJECT]
        mail["Date"] = formatdate(self.clock.now_ms() / 1000)
        # The same for every try, so that mail systems drop a repeat.
        mail["Message-ID"] = f"<{message.intent}@{self.sender.rpartition('@')[2]}>"
        mail["X-Ops-Intent"] = message.intent
        mail.set_content(message.text)
        if message.document:
            kind, _, sub = message.media_type.partition("/")
            mail.add_attachment(message.document, maintype=kind, subtype=sub, filename=message.document_name)
        return mail


def _plain(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:200]
