#include "sys/sandbox_filter.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "sys/sandbox.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "no table of system calls for this machine"
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum check {		/* of the arguments; refused ones give EPERM */
	ANY = 0,
	NO_EXEC_MEMORY,	/* mmap, mprotect: argument 2 without PROT_EXEC */
	INTERNET_ONLY,	/* socket: AF_INET or AF_INET6 */
	LOCAL_ONLY,	/* socket: AF_UNIX */
	NO_NAMESPACES,	/* clone: no CLONE_NEW* */
	THREADS_ONLY,	/* clone: CLONE_VM and CLONE_THREAD, no CLONE_NEW* */
	OWN_FD_ONLY,	/* newfstatat: AT_EMPTY_PATH */
	ASK_ONLY,	/* prlimit64: no new limit */
	NAME_ONLY,	/* prctl: PR_SET_NAME or PR_SET_VMA */
	DIE_ONLY,	/* prctl: PR_SET_PDEATHSIG, and no other signal than SIGKILL */
	PLAIN_IOCTL,	/* FIONBIO, FIONREAD, TCGETS */
};

struct call {
	int		nr;
	unsigned	may;	/* any of these bits; 0: every role */
	enum check	check;
};

static const struct call calls[] = {
	/* descriptors that one has */
	{ SYS_read, 0, ANY }, { SYS_write, 0, ANY }, { SYS_readv, 0, ANY },
	{ SYS_writev, 0, ANY }, { SYS_close, 0, ANY }, { SYS_dup, 0, ANY },
	{ SYS_dup3, 0, ANY }, { SYS_fcntl, 0, ANY }, { SYS_lseek, 0, ANY },
	{ SYS_fstat, 0, ANY }, { SYS_pread64, 0, ANY }, { SYS_pwrite64, 0, ANY },
	{ SYS_ioctl, 0, PLAIN_IOCTL }, { SYS_pipe2, 0, ANY },
	{ SYS_newfstatat, MAY_FILES, ANY }, { SYS_newfstatat, 0, OWN_FD_ONLY },
	{ SYS_recvfrom, 0, ANY }, { SYS_recvmsg, 0, ANY },
	{ SYS_recvmmsg, 0, ANY }, { SYS_sendto, 0, ANY },
	{ SYS_sendmsg, 0, ANY }, { SYS_sendmmsg, 0, ANY },
	{ SYS_getsockopt, 0, ANY }, { SYS_setsockopt, 0, ANY },
	{ SYS_getsockname, 0, ANY }, { SYS_getpeername, 0, ANY },
	{ SYS_shutdown, 0, ANY },
	/* waiting */
	{ SYS_ppoll, 0, ANY }, { SYS_epoll_create1, 0, ANY },
	{ SYS_epoll_ctl, 0, ANY }, { SYS_epoll_pwait, 0, ANY },
	{ SYS_eventfd2, 0, ANY }, { SYS_nanosleep, 0, ANY },
	{ SYS_clock_nanosleep, 0, ANY }, { SYS_clock_gettime, 0, ANY },
	{ SYS_clock_getres, 0, ANY }, { SYS_gettimeofday, 0, ANY },
	{ SYS_futex, 0, ANY }, { SYS_sched_yield, 0, ANY },
	{ SYS_timerfd_create, 0, ANY }, { SYS_timerfd_settime, 0, ANY },
	{ SYS_restart_syscall, 0, ANY },
	/* memory, chance */
	{ SYS_brk, 0, ANY }, { SYS_mmap, 0, NO_EXEC_MEMORY },
	{ SYS_munmap, 0, ANY }, { SYS_mremap, 0, ANY },
	{ SYS_mprotect, 0, NO_EXEC_MEMORY }, { SYS_madvise, 0, ANY },
	{ SYS_msync, 0, ANY }, { SYS_getrandom, 0, ANY },
	/* oneself */
	{ SYS_exit, 0, ANY }, { SYS_exit_group, 0, ANY },
	{ SYS_getpid, 0, ANY }, { SYS_gettid, 0, ANY }, { SYS_getppid, 0, ANY },
	{ SYS_getuid, 0, ANY }, { SYS_geteuid, 0, ANY }, { SYS_getgid, 0, ANY },
	{ SYS_getegid, 0, ANY }, { SYS_getrusage, 0, ANY },
	{ SYS_sysinfo, 0, ANY }, { SYS_uname, 0, ANY },
	{ SYS_sched_getaffinity, 0, ANY }, { SYS_prlimit64, 0, ASK_ONLY },
	{ SYS_prctl, 0, NAME_ONLY }, { SYS_set_robust_list, 0, ANY },
	{ SYS_rseq, 0, ANY }, { SYS_rt_sigaction, 0, ANY },
	{ SYS_rt_sigprocmask, 0, ANY }, { SYS_rt_sigreturn, 0, ANY },
	{ SYS_sigaltstack, 0, ANY }, { SYS_tgkill, 0, ANY },
	{ SYS_rt_sigtimedwait, 0, ANY },
#ifdef __x86_64__
	{ SYS_poll, 0, ANY }, { SYS_epoll_wait, 0, ANY }, { SYS_time, 0, ANY },
	{ SYS_dup2, 0, ANY }, { SYS_pipe, 0, ANY }, { SYS_getrlimit, 0, ANY },
	{ SYS_arch_prctl, 0, ANY },
	{ SYS_open, MAY_FILES, ANY }, { SYS_stat, MAY_FILES, ANY },
	{ SYS_lstat, MAY_FILES, ANY }, { SYS_access, MAY_FILES, ANY },
	{ SYS_unlink, MAY_FILES, ANY }, { SYS_rename, MAY_FILES, ANY },
	{ SYS_mkdir, MAY_FILES, ANY }, { SYS_rmdir, MAY_FILES, ANY },
	{ SYS_readlink, MAY_FILES, ANY }, { SYS_getdents, MAY_FILES, ANY },
	{ SYS_fork, MAY_FORK, ANY },
	{ SYS_chmod, MAY_CHOWN, ANY }, { SYS_chown, MAY_CHOWN, ANY },
	{ SYS_lchown, MAY_CHOWN, ANY },
#endif
	{ SYS_socket, MAY_CONNECT, INTERNET_ONLY },
	{ SYS_bind, MAY_CONNECT | MAY_CHOWN, ANY },
	{ SYS_connect, MAY_CONNECT, ANY },

	{ SYS_accept4, MAY_ACCEPT | MAY_CHOWN, ANY },
	{ SYS_accept, MAY_ACCEPT | MAY_CHOWN, ANY },

	{ SYS_openat, MAY_FILES, ANY }, { SYS_statx, MAY_FILES, ANY },
	{ SYS_faccessat, MAY_FILES, ANY }, { SYS_faccessat2, MAY_FILES, ANY },
	{ SYS_unlinkat, MAY_FILES, ANY }, { SYS_renameat, MAY_FILES, ANY },
	{ SYS_renameat2, MAY_FILES, ANY }, { SYS_mkdirat, MAY_FILES, ANY },
	{ SYS_readlinkat, MAY_FILES, ANY }, { SYS_getdents64, MAY_FILES, ANY },
	{ SYS_getcwd, MAY_FILES, ANY }, { SYS_fsync, MAY_FILES, ANY },
	{ SYS_fdatasync, MAY_FILES, ANY }, { SYS_flock, MAY_FILES, ANY },
	{ SYS_fstatfs, MAY_FILES, ANY }, { SYS_statfs, MAY_FILES, ANY },
	{ SYS_ftruncate, MAY_FILES | MAY_MEMFD, ANY },
	{ SYS_fallocate, MAY_FILES | MAY_MEMFD, ANY },
	{ SYS_fchmod, MAY_FILES | MAY_CHOWN, ANY },
	{ SYS_umask, MAY_FILES, ANY },
	{ SYS_memfd_create, MAY_MEMFD, ANY },

	{ SYS_clone, MAY_THREADS, THREADS_ONLY },
	{ SYS_inotify_init1, MAY_WATCH, ANY }, { SYS_inotify_add_watch, MAY_WATCH, ANY },
	{ SYS_inotify_rm_watch, MAY_WATCH, ANY },

	{ SYS_clone, MAY_FORK, NO_NAMESPACES }, { SYS_wait4, MAY_FORK, ANY },
	{ SYS_prctl, MAY_FORK, DIE_ONLY },
	{ SYS_waitid, MAY_FORK, ANY }, { SYS_kill, MAY_FORK, ANY },

	{ SYS_socket, MAY_CHOWN, LOCAL_ONLY }, { SYS_listen, MAY_CHOWN, ANY },
	{ SYS_fchown, MAY_CHOWN | MAY_FILES, ANY },
	{ SYS_fchownat, MAY_CHOWN, ANY }, { SYS_fchmodat, MAY_CHOWN, ANY },
};

/* clone3 hides its flags behind a pointer, so it never is allowed: ENOSYS also
 * when strict, and libc falls back to clone.  The same for what libraries try
 * and do without. */
static const int tried[] = {
	SYS_clone3,
	SYS_membarrier,
#if SANITIZED
	SYS_openat, SYS_readlinkat,	/* reports look for /proc/self */
#ifdef __x86_64__
	SYS_open, SYS_readlink,
#endif
#endif
};

enum { FILTER_MAX = 1024 };

struct filter {
	struct sock_filter	at[FILTER_MAX];
	unsigned short		n;
};

static void
add(struct filter *f, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	assert(f->n < FILTER_MAX);
	f->at[f->n++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

static void
load(struct filter *f, size_t offset)
{
	add(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
answer(struct filter *f, uint32_t what)
{
	add(f, BPF_RET | BPF_K, what, 0, 0);
}

/* The lower half of argument i; both machines are little-endian. */
static void
load_arg(struct filter *f, size_t i)
{
	load(f, offsetof(struct seccomp_data, args) + i * sizeof(uint64_t));
}

/* Allow when argument i equals one of the n values. */
static void
allow_values(struct filter *f, size_t i, const uint32_t *values, size_t n)
{
	load_arg(f, i);
	for (size_t v = 0; v < n; v++) {
		add(f, BPF_JMP | BPF_JEQ | BPF_K, values[v], 0, 1);
		answer(f, SECCOMP_RET_ALLOW);
	}
}

/* Allow when argument i has some bit of mask (wanted) or has none. */
static void
allow_bits(struct filter *f, size_t i, uint32_t mask, bool wanted)
{
	load_arg(f, i);
	add(f, BPF_JMP | BPF_JSET | BPF_K, mask, wanted ? 0 : 1, wanted ? 1 : 0);
	answer(f, SECCOMP_RET_ALLOW);
}

/* Allow when the bits of mask in argument i are these. */
static void
allow_masked(struct filter *f, size_t i, uint32_t mask, uint32_t bits)
{
	load_arg(f, i);
	add(f, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1);
	answer(f, SECCOMP_RET_ALLOW);
}

/* Allow when argument 0 is a and argument 1 is b. */
static void
allow_pair(struct filter *f, uint32_t a, uint32_t b)
{
	load_arg(f, 0);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, a, 0, 3);
	load_arg(f, 1);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, b, 0, 1);
	answer(f, SECCOMP_RET_ALLOW);
}

static const uint32_t any_namespace = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

static const uint32_t internet[] = { AF_INET, AF_INET6 };
static const uint32_t local[] = { AF_UNIX };
static const uint32_t names[] = { PR_SET_NAME, 0x53564d41 /* PR_SET_VMA */ };
static const uint32_t ioctls[] = { FIONBIO, FIONREAD, TCGETS };
static const uint32_t nothing[] = { 0 };

static void
allow_checked(struct filter *f, enum check check)
{
	switch (check) {
	case ANY:
		answer(f, SECCOMP_RET_ALLOW);
		break;
	case NO_EXEC_MEMORY:
		allow_bits(f, 2, PROT_EXEC, false);
		break;
	case INTERNET_ONLY:
		allow_values(f, 0, internet, 2);
		break;
	case LOCAL_ONLY:
		allow_values(f, 0, local, 1);
		break;
	case NO_NAMESPACES:
		allow_bits(f, 0, any_namespace, false);
		break;
	case THREADS_ONLY:
		allow_masked(f, 0, CLONE_VM | CLONE_THREAD | any_namespace,
		    CLONE_VM | CLONE_THREAD);
		break;
	case OWN_FD_ONLY:
		allow_bits(f, 3, AT_EMPTY_PATH, true);
		break;
	case ASK_ONLY:
		/* the lower half of a pointer that is not NULL may be zero
		 * only at a multiple of 4 GiB: harmless, it would still be
		 * refused without privileges above the hard limit */
		allow_values(f, 2, nothing, 1);
		break;
	case NAME_ONLY:
		allow_values(f, 0, names, 2);
		break;
	case DIE_ONLY:
		allow_pair(f, PR_SET_PDEATHSIG, SIGKILL);
		break;
	case PLAIN_IOCTL:
		allow_values(f, 1, ioctls, 3);
		break;
	}
}

/* One block a row: on another number jump over it.  Rows of one number follow
 * each other by trial: a block whose check fails reloads the number. */
static void
add_call(struct filter *f, const struct call *c)
{
	unsigned short at = f->n;

	add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, 0);
	allow_checked(f, c->check);
	if (c->check != ANY)
		load(f, offsetof(struct seccomp_data, nr));
	f->at[at].jf = (uint8_t)(f->n - at - 1);
}

static void
add_refusals(struct filter *f, unsigned may, bool strict)
{
	const uint32_t no = strict ? SECCOMP_RET_KILL_PROCESS :
	    SECCOMP_RET_ERRNO | ENOSYS;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].check == ANY || (calls[i].may != 0 &&
		    (calls[i].may & may) == 0))
			continue;
		add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].nr, 0, 1);
		answer(f, strict ? no : SECCOMP_RET_ERRNO | EPERM);
	}
	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
		add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)tried[i], 0, 1);
		answer(f, SECCOMP_RET_ERRNO | ENOSYS);
	}
	answer(f, no);
}

static void
build(struct filter *f, unsigned may, bool strict)
{
	load(f, offsetof(struct seccomp_data, arch));
	add(f, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	answer(f, SECCOMP_RET_KILL_PROCESS);
	load(f, offsetof(struct seccomp_data, nr));
	/* x32 numbers have bit 30 set: none is in the table */
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].may == 0 || (calls[i].may & may) != 0)
			add_call(f, &calls[i]);
	add_refusals(f, may, strict);
}

#if SANITIZED
/* The leak check at exit clones and traces, which is refused inside. */
static int inside;
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return inside;
}
#endif

int
sandbox_filter(unsigned may, bool strict, bool *on)
{
	struct filter f = { .n = 0 };
	struct sock_fprog prog = { .filter = f.at };

	build(&f, may, strict);
	prog.len = f.n;
	*on = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
	if (!*on && errno != EINVAL && errno != ENOSYS)
		return SEK_ESYS;
#if SANITIZED
	inside = 1;
#endif
	return 0;
}
