#pragma once
/* wire/udp_frame.h -- one UDP datagram in an Ethernet frame, read and answered.
 *
 * For the AF_XDP path, where frames come as the driver left them.  Pure; safe
 * on hostile octets.  Frames with a VLAN tag, IPv4 options, IPv6 extension
 * headers and fragments are none of ours: sys/xdp_filter.c leaves them to the
 * kernel and its sockets.
 * Sources: RFC 791, RFC 8200, RFC 768; RFC 1071 (checksum). */

#include "base/err.h"
#include "wire/addr.h"

enum {
	UDP_FRAME_V4 = 14 + 20 + 8,	/* octets before the datagram's data */
	UDP_FRAME_V6 = 14 + 40 + 8,
	UDP_FRAME_HEAD = UDP_FRAME_V6,	/* the larger one */
};

struct udp_frame {
	const uint8_t	*data;	/* hostile; borrowed from the frame */
	size_t		 len;	/* octets of data */
	size_t		 head;	/* octets before them: UDP_FRAME_V4 or _V6 */
	struct addr	 from;	/* who asks; hostile: forged with ease */
	uint16_t	 port;	/* his */
};

/* Reads the frame p[0..n).  Its checksums are not looked at: on virtual
 * links they are not filled in, and network cards have checked them before.
 * Returns 0, or SEK_EPARSE: not UDP over IPv4 or IPv6 in the plain form above,
 * or lengths that disagree (octets after the datagram are padding). */
int udp_frame_read(struct udp_frame *f, const uint8_t *p, size_t n) MUST_CHECK;

/* Who was asked in that frame, which udp_frame_read() took, and at which port. */
struct addr udp_frame_to(uint16_t *port, const struct udp_frame *f,
    const uint8_t *p);

/* Makes the head of the answer to the frame at p, which udp_frame_read() took:
 * addresses and ports change sides, all checksums are set.
 * out   room for f->head + len octets; the answer's len octets of data stand at
 *       out + f->head already
 * Returns the octets of the whole frame. */
size_t udp_frame_answer(uint8_t *out, const struct udp_frame *f,
    const uint8_t *p, size_t len);
