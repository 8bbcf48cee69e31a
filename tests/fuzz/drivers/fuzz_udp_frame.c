/* Whatever is read stays inside its frame, and its answer is read as well. */
#include <stdlib.h>
#include <string.h>

#include "wire/udp_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t text[] = "answer";
	uint8_t out[UDP_FRAME_HEAD + sizeof(text)];
	struct udp_frame f, back;

	if (udp_frame_read(&f, p, n) != 0)
		return 0;
	if (f.data < p || f.len > n || f.data + f.len > p + n ||
	    (size_t)(f.data - p) != f.head)
		abort();
	memcpy(out + f.head, text, sizeof(text));
	if (udp_frame_answer(out, &f, p, sizeof(text)) != f.head + sizeof(text) ||
	    udp_frame_read(&back, out, f.head + sizeof(text)) != 0 ||
	    back.len != sizeof(text))
		abort();
	return 0;
}
