"""field_forms.py -- the catalogue of relay tests, once more: written from its description, not from the
product's table, so that the field's truth does not hang on what is tested against it.

Placeholders: {S} {T} sender and recipient token, {pd} {pd2} probe domains, {rx} the mailbox's address, {host}
{dom} a name and a domain of the server's, {lit} its address as in a literal, {u} a fixed local part."""

import collections

DEPTHS = ("gentle", "normal", "full", "owner", "lab")

# session: {} or what is different from EHLO with the prober's name, port 25, no TLS
Form = collections.namedtuple("Form", "depth mail rcpt session")

S, T = "<{S}@{pd}>", "<{T}@{pd}>"
AUTH_PORTS = [25, 465]  # the first that answers; 465 is wrapped in TLS


def _with(depth, rows):
    return {row[0]: Form(depth, row[1], row[2], row[3] if len(row) > 3 else {}) for row in rows}


FORMS = {
    **_with("gentle", [
        ("P01", S, T),
        ("H06", S, T, {"verb": "HELO"}),
        ("S01", S, T, {"tls": True}),
    ]),
    **_with("normal", [
        ("P08", "<{S}@{pd2}>", T),
        ("P14", "<{S}@{dom}.{pd}>", T),
        ("P15", "<{S}={dom}@{pd}>", T),
        ("P18", "<postmaster@{S}.{pd}>", T),
        ("R12", S, "<{T}@{dom}.{pd}>"),
        ("R13", S, "<{T}={dom}@{pd}>"),
        ("R14", S, "<postmaster@{T}.{pd}>"),
        ("R15", S, "<abuse@{T}.{pd}>"),
        ("X01", S, "<{T}%{pd}@{host}>"),
        ("X02", S, "<{T}%{pd}@[{lit}]>"),
        ("X03", S, "<{T}%{pd}@{dom}>"),
        ("X04", S, "<{T}%{pd}@localhost>"),
        ("X05", S, "<{T}%{pd}%{dom}@{host}>"),
        ("X06", S, "<SRS0=a1b2=c3={pd}={T}@{dom}>"),
        ("Q01", S, '<"{T}@{pd}"@{host}>'),
        ("Q02", S, '<"{T}@{pd}"@[{lit}]>'),
        ("Q03", S, '<"{T}@{pd}"@{dom}>'),
        ("Q04", S, '<"{T}%{pd}"@{host}>'),
        ("Q05", S, '<"{T}%{pd}"@[{lit}]>'),
        ("Q06", S, '<"{T}%{pd}"@{dom}>'),
        ("B01", S, "<{pd}!{T}@{host}>"),
        ("B02", S, "<{pd}!{T}@[{lit}]>"),
        ("B03", S, "<{pd}!{T}@{dom}>"),
        ("B04", S, "<{host}!{pd}!{T}>"),
        ("B05", S, "<{dom}!{T}@{pd}>"),
        ("N01", S, T, {"ports": [587]}),
        ("N02", S, T, {"ports": [465]}),
        ("N03", S, T, {"ports": [2525]}),
        ("I01", S, T, {"ipv6": True}),
    ]),
    **_with("full", [
        ("P02", "<>", T),
        ("P03", "<{u}@{host}>", T),
        ("P04", "<{u}@{dom}>", T),
        ("P06", "<{u}>", T),
        ("P09", "<postmaster@{dom}>", T),
        ("P10", T, T),
        ("P11", "<{pd}!{S}>", T),
        ("P12", "<@{host}:{S}@{pd}>", T),
        ("P13", "<{S}%{pd}@{dom}>", T),
        ("P16", "<{u}@sub.{dom}>", T),
        ("P17", "<{dom}!{u}>", T),
        ("R01", S, "{T}@{pd}"),
        ("R02", S, '<"{T}@{pd}">'),
        ("R03", S, '<"{T}%{pd}">'),
        ("R04", S, "<{T}%{pd}>"),
        ("R05", S, "<{pd}!{T}>"),
        ("R06", S, "<{T}@{pd}.>"),
        ("R07", S, "<{T}@{PD}>"),
        ("R08", S, "<{T}@[{rx}]>"),
        ("R09", S, "< {T}@{pd} >"),
        ("R10", S, "<{T}%{pd}@>"),
        ("R11", S, "<{T}@{pd}@>"),
        ("A01", S, "<{T}@{pd}@{host}>"),
        ("A02", S, "<{T}@{pd}@[{lit}]>"),
        ("A03", S, "<{T}@{pd}@{dom}>"),
        ("T01", S, "<@{host}:{T}@{pd}>"),
        ("T02", S, "<@[{lit}]:{T}@{pd}>"),
        ("T03", S, "<@{dom}:{T}@{pd}>"),
        ("T04", S, "<@localhost:{T}@{pd}>"),
        ("T05", S, "<@{host},@{dom}:{T}@{pd}>"),
        ("T06", S, "<{host}:{T}@{pd}>"),
        ("Z01", "<{u}@{dom}>", "<{T}%{pd}@{dom}>"),
        ("Z04", "<{u}@{host}>", "<{T}%{pd}@{host}>"),
        ("Z05", "<>", "<{T}%{pd}@{dom}>"),
        ("Z06", "<{u}@{dom}>", '<"{T}@{pd}">'),
        ("Z07", "<{u}@{dom}>", "<{pd}!{T}>"),
        ("Z08", "<{u}@{dom}>", "<@{dom}:{T}@{pd}>"),
        ("Z09", "<{u}@{dom}>", T, {"name": "{host}"}),
        ("H01", S, T, {"name": "{host}"}),
        ("H02", S, T, {"name": "{dom}"}),
        ("H03", S, T, {"name": "localhost"}),
        ("H04", S, T, {"name": "[127.0.0.1]"}),
        ("H05", S, T, {"name": "[{lit}]"}),
        ("N05", "<{u}@{dom}>", T, {"ports": [587]}),
        ("H07", S, T, {"name": "localhost.localdomain"}),
        ("M01", S, "<{T}@mx-{name}.{pd}>"),
    ]),
    **_with("owner", [
        ("P05", "<{u}@[{lit}]>", T),
        ("Z02", "<{u}@[{lit}]>", "<{T}%{pd}@[{lit}]>"),
        ("Z03", "<{u}@[{lit}]>", "<{T}%{pd}@{host}>"),
        ("N04", S, T, {"ports": [26, 24, 1025, 8025, 10025, 10026]}),
        ("U01", S, T, {"ports": AUTH_PORTS, "auth": ["PLAIN", "LOGIN"], "user": "relaytest", "password": "x7k2relaytest"}),
        ("U02", S, T, {"ports": AUTH_PORTS, "auth": ["PLAIN", "LOGIN"], "user": "", "password": ""}),
        ("U03", S, T, {"ports": AUTH_PORTS, "auth": ["ANONYMOUS"]}),
        ("U05", "<{u}@{dom}>", T, {"auth": ["PLAIN", "LOGIN"], "user": "relaytest", "password": "x7k2relaytest"}),
        ("V01", S, T, {"xclient": "ADDR=127.0.0.1 NAME=localhost"}),
        ("V02", S, T, {"xforward": "NAME=localhost ADDR=127.0.0.1"}),
        ("V03", S, T, {"proxy": "PROXY TCP4 127.0.0.1 127.0.0.1 1025 25"}),
    ]),
    **_with("lab", [
        ("P07", "<{u}@localhost>", T),
        ("W01", S, T, {"named": True}),  # from an address whose PTR name is the server's
    ]),
}
# The addresses whose PTR names lead nowhere and belong to those who believe such names; ex-unknown, which looks
# whether they lead back, trusts whose do not.
SOURCES = {"ex-ptr": "198.18.0.3", "ex-unknown": "198.18.0.3", "os-rdns": "198.18.0.4"}
# U04 is for servers that no package has.
LEFT_OUT = ("U04",)
