#!/usr/bin/env python3
"""The laboratory's truth: each server relays or refuses as its table says, and nothing leads out."""

import secrets
import socket
import subprocess

import harness
import lab
import mini_dns
import mini_smtp

NEUTRAL = "sender@probe.example"
# server -> (step and code that decide a relay attempt with a neutral sender, does the mail arrive)
RELAYS = {
    "open-postfix": ("body", 250, True),
    "debian-postfix": ("rcpt", 454, False),  # the package's default defers
    "exim-closed": ("rcpt", 550, False),
    "opensmtpd-closed": ("rcpt", 550, False),
    "sender-relay": ("rcpt", 554, False),
    "sink": ("body", 250, False),
}


def attempt(server, sender=NEUTRAL, address=None):
    """One relay attempt with a fresh recipient. Returns ((step, code), recipient)."""
    recipient = "t%s@probe.example" % secrets.token_hex(8)
    sock = lab.connect(address or server.ipv4, 25)
    step, code, _ = mini_smtp.send(sock, sender, recipient)
    return (step, code), recipient


def mailbox():
    return mini_smtp.Mailbox(lab.listen(lab.RECEIVER, 25))


def check_relaying(address_of):
    with mailbox() as box:
        arriving = []
        for server in lab.MAIL_SERVERS:
            step, code, arrives = RELAYS[server.name]
            got, recipient = attempt(server, address=address_of(server))
            assert got == (step, code), "%s: want %s, got %s" % (server.name, (step, code), got)
            if arrives:
                arriving.append((server, recipient))
        for server, recipient in arriving:
            mail = harness.wait_until(lambda: box.to(recipient), 10, "mail through " + server.name)
            assert mail[0]["client"] in (server.ipv4, server.ipv6), mail
            assert server.host in mail[0]["body"], "no Received line of the relay"
        assert len(box.mails) == len(arriving), "more arrived than should: %s" % box.mails


def test_relaying():
    """IPv4: the open one relays, the closed ones refuse at RCPT, the sink takes and keeps"""
    check_relaying(lambda server: server.ipv4)


def test_relaying_ipv6():
    """IPv6: the same"""
    check_relaying(lambda server: server.ipv6)


def test_sender_relay():
    """sender-relay relays for a sender of its own domain, host and subdomain, for no other"""
    server = lab.SERVERS["sender-relay"]
    with mailbox() as box:
        for domain in (server.domain, server.host, "sub." + server.domain):
            got, recipient = attempt(server, "relaytest@" + domain)
            assert got == ("body", 250), (domain, got)
            harness.wait_until(lambda: box.to(recipient), 10, "mail from " + domain)
        for domain in ("open.example", "sender.example.probe.example", "xsender.example"):
            got, _ = attempt(server, "relaytest@" + domain)
            assert got == ("rcpt", 554), (domain, got)


def test_own_domains():
    """every server but the sink takes mail for its own domain's postmaster"""
    for server in lab.MAIL_SERVERS:
        step, code, text = mini_smtp.send(
            lab.connect(server.ipv4, 25), NEUTRAL, "postmaster@" + server.domain)
        assert (step, code) == ("body", 250), (server.name, step, code, text)


def test_closing():
    """open-postfix refuses when closed, with the next connection, and relays when opened again"""
    server = lab.SERVERS["open-postfix"]
    for _ in range(3):
        lab.set_variant("open-postfix", "closed")
        assert attempt(server)[0] == ("rcpt", 554), attempt(server)
        lab.set_variant("open-postfix", "open")
        with mailbox() as box:
            got, recipient = attempt(server)
            assert got == ("body", 250), got
            harness.wait_until(lambda: box.to(recipient), 10, "mail after opening")


def test_bounce():
    """what a relay cannot deliver comes back to the envelope sender within seconds"""
    server = lab.SERVERS["open-postfix"]
    with mailbox() as box:
        sender = "b%s@probe.example" % secrets.token_hex(8)
        sock = lab.connect(server.ipv4, 25)
        assert mini_smtp.send(sock, sender, "nobody@nowhere.example")[0] == "body"
        mail = harness.wait_until(lambda: box.to(sender), 10, "the bounce")
        assert mail[0]["from"] == "", mail


def test_greetings():
    """every mail server greets with its host name"""
    for server in lab.MAIL_SERVERS:
        with mini_smtp.Client(lab.connect(server.ipv4, 25)) as smtp:
            code, text = smtp.reply()
            assert code == 220 and text.split()[0] == server.host, (server.name, text)


def ask(name, qtype):
    with lab.inside():
        return [r.data for r in mini_dns.dig((lab.RESOLVER, 53), name, qtype).answer]


def test_names():
    """every address has a name and every name leads back (IPv4 and IPv6)"""
    pairs = [(s.ipv4, s.ipv6, s.host) for s in [*lab.SERVERS.values(), *lab.ASKERS.values(), *lab.PEERS.values()]]
    pairs += [(lab.PROBER, "fd00:18::1", "relaytest.probe.example"),
              (lab.RECEIVER, "fd00:18::25", "rx.probe.example")]
    for ipv4, ipv6, host in pairs:
        assert ask(mini_dns.reverse(ipv4, "in-addr.arpa"), "PTR") == [host + "."], ipv4
        assert ask(mini_dns.reverse(ipv6, "ip6.arpa"), "PTR") == [host + "."], ipv6
        assert ask(host, "A") == [ipv4], host
        assert ask(host, "AAAA") == [ipv6], host
    # forward it is the list server's own name: test_delegation
    assert ask(mini_dns.reverse(lab.LIST_SERVER, "in-addr.arpa"), "PTR") == ["ns.bl.example."]


def test_mx():
    """the probe domains and every name below lead to the receiver, the others to their servers"""
    for name in ("probe.example", "x.probe.example", "a.b.c.probe.example", "rx.probe.example",
                 "relaytest.probe.example", "probe2.example", "x.y.probe2.example"):
        assert ask(name, "MX") == ["10 rx.probe.example."], name
    for server in lab.MAIL_SERVERS:
        assert ask(server.domain, "MX") == ["10 %s." % server.host], server.domain


def test_delegation():
    """the list's zone is delegated to the list server's address"""
    with lab.inside():
        reply = mini_dns.dig((lab.SERVERS["dns"].ipv4, 53), "10.1.18.198.bl.example", "A")
    assert [r.data for r in reply.authority] == ["ns.bl.example."], reply
    assert lab.LIST_SERVER in [r.data for r in reply.additional], reply


def namespaces():
    return ["outer", *lab.SERVERS]


def test_no_default_route():
    """no namespace has a default route, for IPv4 or IPv6"""
    for name in namespaces():
        for family in ("-4", "-6"):
            routes = subprocess.run(
                ["nsenter", "--net=" + lab.netns_path(name), "ip", family, "route", "show", "default"],
                check=True, capture_output=True, text=True).stdout
            assert routes == "", (name, routes)


def test_nothing_outside():
    """from every namespace an address outside the laboratory is unreachable at once"""
    for name in namespaces():
        for address in ("192.0.2.1", "203.0.113.9", "2001:db8::1"):
            assert lab.unreachable(address, name), (name, address)


def links(servers):
    return {"v" + server.ipv4.removeprefix("198.18.") for server in servers.values()}


def test_only_loopback_and_links():
    """no namespace has an interface beside loopback, the bridge and the links between them"""
    for name in namespaces():
        with lab.inside(name):
            devices = {device for _, device in socket.if_nameindex()}
        allowed = {"lo", "br0"} | links(lab.SERVERS) if name == "outer" else {"lo", "eth0"}
        # a server that was up on demand may have left its link for a moment
        assert devices - links(lab.ASKERS | lab.POST | lab.PEERS | lab.FIELD) == allowed, (name, devices)


harness.main()
