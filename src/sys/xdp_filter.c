/* The filter of sys/xdp.h, as the kernel's verifier reads it:
 *
 *	r6 the frame's context, r2 its first octet, r3 its end
 *	not Ethernet with IPv4 or IPv6, not UDP, options, a fragment: pass
 *	for each address of dns.listen: destination and port equal: ours
 *	pass:	return XDP_PASS
 *	ours:	return redirect to the queue's socket, else XDP_PASS
 *
 * Words of a frame are compared as they lie, so constants are turned here. */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/xdp.h"

enum {
	PROGRAM_MAX = 512, JUMPS_MAX = 256,
	ETHER = 14, IPV4 = ETHER + 20, IPV6 = ETHER + 40, UDP = 8,
	PROTO_UDP = 17,
};

enum target { TO_PASS, TO_OURS, TO_NEXT, TO_V6, TARGETS };

struct jump { unsigned at; enum target to; };

struct program {
	struct bpf_insn	at[PROGRAM_MAX];
	unsigned	n;
	struct jump	jumps[JUMPS_MAX];	/* whose way is not known yet */
	unsigned	n_jumps;
};

static void
add(struct program *p, unsigned code, unsigned dst, unsigned src, int off, int imm)
{
	assert(p->n < PROGRAM_MAX);
	p->at[p->n++] = (struct bpf_insn){ .code = (uint8_t)code,
		.dst_reg = dst & 15, .src_reg = src & 15, .off = (int16_t)off,
		.imm = imm };
}

static void
jump(struct program *p, unsigned op, unsigned dst, unsigned src, int imm,
    enum target to)
{
	assert(p->n_jumps < JUMPS_MAX);
	p->jumps[p->n_jumps++] = (struct jump){ p->n, to };
	add(p, op, dst, src, 0, imm);
}

/* All jumps to this target lead to the next instruction. */
static void
here(struct program *p, enum target to)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < p->n_jumps; i++) {
		struct jump j = p->jumps[i];

		if (j.to == to)
			p->at[j.at].off = (int16_t)(p->n - j.at - 1);
		else
			p->jumps[kept++] = j;
	}
	p->n_jumps = kept;
}

/* r4 = the word of size BPF_B, BPF_H or BPF_W at offset at of the frame. */
static void
load(struct program *p, unsigned size, int at)
{
	add(p, BPF_LDX | BPF_MEM | size, BPF_REG_4, BPF_REG_2, at, 0);
}

static void
unless_equal(struct program *p, uint32_t v, enum target to)
{
	jump(p, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_4, 0, (int)v, to);
}

/* On to pass when the frame has less than n octets. */
static void
at_least(struct program *p, int n)
{
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_4, BPF_REG_2, 0, 0);
	add(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_4, 0, 0, n);
	jump(p, BPF_JMP | BPF_JGT | BPF_X, BPF_REG_4, BPF_REG_3, 0, TO_PASS);
}

static uint32_t
word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The destination, width octets at offset at, and the port: ours? */
static void
match(struct program *p, const struct conf_listen *l, int at, int width, int port)
{
	const uint8_t *o = l->addr.o + 16 - width;

	for (int i = 0; i < width; i += 4) {
		load(p, BPF_W, at + i);
		unless_equal(p, word(o + i), TO_NEXT);
	}
	load(p, BPF_H, port);
	jump(p, BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_4, 0, htons(l->port), TO_OURS);
	here(p, TO_NEXT);
}

static void
match_all(struct program *p, const struct conf_listen *at, size_t n, bool v4)
{
	for (size_t i = 0; i < n; i++)
		if (addr_is_v4(&at[i].addr) != v4)
			continue;
		else if (v4)
			match(p, &at[i], ETHER + 16, 4, IPV4 + 2);
		else
			match(p, &at[i], ETHER + 24, 16, IPV6 + 2);
	jump(p, BPF_JMP | BPF_JA, 0, 0, 0, TO_PASS);
}

static void
begin(struct program *p)
{
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	add(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_6,
	    (int)offsetof(struct xdp_md, data), 0);
	add(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_3, BPF_REG_6,
	    (int)offsetof(struct xdp_md, data_end), 0);
	at_least(p, IPV4 + UDP);
	load(p, BPF_H, ETHER - 2);
}

static void
of_v4(struct program *p, const struct conf_listen *at, size_t n)
{
	unless_equal(p, htons(0x0800), TO_V6);
	load(p, BPF_B, ETHER);
	unless_equal(p, 0x45, TO_PASS);		/* options */
	load(p, BPF_B, ETHER + 9);
	unless_equal(p, PROTO_UDP, TO_PASS);
	load(p, BPF_H, ETHER + 6);
	jump(p, BPF_JMP32 | BPF_JSET | BPF_K, BPF_REG_4, 0, htons(0x3fff), TO_PASS);
	match_all(p, at, n, true);
}

static void
of_v6(struct program *p, const struct conf_listen *at, size_t n)
{
	here(p, TO_V6);
	unless_equal(p, htons(0x86dd), TO_PASS);
	at_least(p, IPV6 + UDP);
	load(p, BPF_B, ETHER + 6);
	unless_equal(p, PROTO_UDP, TO_PASS);	/* extension headers, too */
	match_all(p, at, n, false);
}

static void
end(struct program *p, int map)
{
	here(p, TO_PASS);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, XDP_PASS);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	here(p, TO_OURS);
	add(p, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	add(p, 0, 0, 0, 0, 0);
	add(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_6,
	    (int)offsetof(struct xdp_md, rx_queue_index), 0);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, XDP_PASS);
	add(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

int
xdp_filter_load(int map, const struct conf_listen *at, size_t n)
{
	struct program p = { .n = 0 };
	char said[4096] = "";
	union bpf_attr a = { .prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)p.at, .license = (uintptr_t)"BSD",
		.log_buf = (uintptr_t)said, .log_size = sizeof(said),
		.log_level = 1, .prog_name = "sekimori_dns" };
	long fd;

	begin(&p);
	of_v4(&p, at, n);
	of_v6(&p, at, n);
	end(&p, map);
	a.insn_cnt = p.n;
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
	if (fd < 0 && said[0] != '\0')
		log_event(LOG_LV_ERR, "xdp-filter-refused", LOG_Z("why", said));
	return fd < 0 ? SEK_ESYS : (int)fd;
}
