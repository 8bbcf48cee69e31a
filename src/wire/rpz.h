#pragma once
/* wire/rpz.h -- names of a response policy zone that speak of addresses.
 *
 * Pure; safe on hostile bytes.
 * Source: draft-vixie-dnsop-dns-rpz 4.1 ("LEN.reversed.rpz-client-ip": words of
 * IPv6 in hexadecimal, "zz" for "::"), 3 (actions). */

#include "wire/addr.h"
#include "wire/dns_name.h"

enum rpz_trigger {
	RPZ_NONE,		/* another kind of trigger */
	RPZ_CLIENT_IP,		/* who asks */
	RPZ_IP,			/* what the answer says */
	RPZ_BROKEN,		/* one of these two, but no prefix in front of it */
};

enum rpz_action {
	RPZ_BLOCK,		/* ".", "*.", "rpz-drop." */
	RPZ_PASS,		/* "rpz-passthru." */
	RPZ_OTHER,		/* "rpz-tcp-only.", or an answer of its own */
};

/* Reads the labels of name above an apex, octets of them.
 * net  set for CLIENT_IP and IP; host bits zero, length not 0 */
enum rpz_trigger rpz_read(struct net *net, const struct dns_name *name,
    size_t above);

/* What a CNAME to that name does. */
enum rpz_action rpz_action(const struct dns_name *target);

/* Writes such labels, without a final dot and without NUL: "32.25.2.0.192.rpz-ip".
 * trigger  CLIENT_IP or IP
 * Returns octets. */
enum { RPZ_TEXT = 3 + 8 * 5 + 14 + 1 };
size_t rpz_write(char out[RPZ_TEXT], const struct net *net,
    enum rpz_trigger trigger);
