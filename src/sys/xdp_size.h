#pragma once
/* sys/xdp_size.h -- the frames of an AF_XDP socket, as both ends see them. */

enum {
	XDP_FRAME = 2048,	/* octets of a frame */
	XDP_FRAMES = 4096,	/* of a socket; half to receive, half to send */
	XDP_RING = XDP_FRAMES / 2,	/* entries of each of its four rings */
};
